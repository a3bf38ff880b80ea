"""Numbers without words of the clinic: keyed chance, the birth-death step, shells and radial fields. Arrays in, arrays out."""
