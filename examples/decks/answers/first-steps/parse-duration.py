SECONDS = {"h": 3600, "m": 60, "s": 1}


def parse_duration(text):
    total, number = 0, ""
    for char in text:
        if char.isdigit():
            number += char
        elif char in SECONDS:
            total += int(number) * SECONDS[char]
            number = ""
        else:
            raise ValueError(f"unknown unit {char!r}")
    return total
