def bits(address):
    return "".join(f"{int(part):08b}" for part in address.split("."))


def same_subnet(a, b, prefix):
    return bits(a)[:prefix] == bits(b)[:prefix]
