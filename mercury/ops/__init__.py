"""Running an installation: health, monitoring and the commands of operators."""
