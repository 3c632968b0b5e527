def usable_hosts(prefix):
    if prefix == 32:
        return 1
    return 2 ** (32 - prefix) - 1
