"""What authors' texts are read with: names and their look-alikes, words of a draft."""
