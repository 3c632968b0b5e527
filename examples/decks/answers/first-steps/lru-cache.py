from collections import OrderedDict


class Cache:
    def __init__(self, size):
        self.size = size
        self.items = OrderedDict()

    def put(self, key, value):
        self.items[key] = value
        self.items.move_to_end(key)
        if len(self.items) > self.size:
            self.items.popitem(last=False)

    def get(self, key):
        if key in self.items:
            self.items.move_to_end(key)
        return self.items.get(key)
