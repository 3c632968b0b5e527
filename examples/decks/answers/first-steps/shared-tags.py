def shared_tags(posts):
    shared = None
    for post in posts
        tags = set(post["tags"])
        shared = tags if shared is None else shared & tags
    return shared or set()
