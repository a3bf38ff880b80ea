"""Numbers alone: keyed chance, the birth-death step, shells and radial fields. Arrays in, arrays out."""
