"""An arm behind HTTP, in any language: takes a task by POST, answers with its result. Rolls dice, the same for the same attempt."""
import json
import random
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Dice(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        task = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        dice = random.Random(self.headers["Idempotency-Key"])  # asked twice, it answers the same
        count = (task["contract"]["input"] or {}).get("dice", 2)
        body = json.dumps({"rolled": [dice.randint(1, 6) for _ in range(count)]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8137), Dice).serve_forever()
