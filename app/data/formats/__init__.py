"""One reader a file format: bytes in, named arrays out; each imports its library when called."""
