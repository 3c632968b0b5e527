from collections import Counter


def word_count(text):
    cleaned = "".join(char if char.isalpha() or char == "'" else " " for char in text.lower())
    return dict(Counter(cleaned.split()))
