def split_csv(line):
    fields = [""]
    quoted = False
    previous = ""
    for char in line:
        if char == '"':
            if not quoted and previous == '"':
                fields[-1] += '"'
            quoted = not quoted
        elif char == "," and not quoted:
            fields.append("")
        else:
            fields[-1] += char
        previous = char
    return fields
