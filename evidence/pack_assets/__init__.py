"""What every pack carries unchanged: how to check it, in words and as a program."""
