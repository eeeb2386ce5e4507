"""Write employees to files, so that a crash loses nobody and writes nobody twice."""
