"""The lesson: six steps, each a live figure, three sentences, something to try and a question."""
