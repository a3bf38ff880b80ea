"""refugia: by which ways out does a tumour escape its therapy, and what would close each of them?"""
