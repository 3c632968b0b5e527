"""An arm in Python: one JSON object on stdin, one on stdout. Counts the words of the task's context."""
import json
import sys
from collections import Counter

for line in sys.stdin:  # one line a task; with "serve" there are many
    task = json.loads(line)
    words = (task["contract"]["context"] or "").lower().split()
    print(json.dumps({"type": "progress", "words": len(words)}), file=sys.stderr, flush=True)
    answer = {"success": True, "result": dict(Counter(words).most_common(3))}
    print(json.dumps({"id": task["id"], **answer}), flush=True)
