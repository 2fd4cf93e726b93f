"""One study a folder: its model, results, words, audit and twin."""
