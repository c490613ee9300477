"""How the installation is: one check of everything, its history, and who reported last."""
