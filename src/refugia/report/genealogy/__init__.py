"""Who descended from whom: a tree of clones, a tree sequence of sampled cells, and a table of them."""

from refugia.report.genealogy.cells import cell_table, write_cells
from refugia.report.genealogy.lines import Lines, Sample
from refugia.report.genealogy.newick import newick
from refugia.report.genealogy.trees import tree_sequence, write_trees

__all__ = ["Lines", "Sample", "cell_table", "newick", "tree_sequence", "write_cells", "write_trees"]
