"""A server on this machine that speaks OpenAI's protocol from a script."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = ["A", " lake", " is", " water", ".", " It", " may", " freeze", ".", " End"]


class FakeServer(ThreadingHTTPServer):
    """Says the first ``max_tokens`` of WORDS; ``kind`` tells whose manners it has."""

    daemon_threads = True

    def __init__(self, kind="plain"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind = kind
        self.seen = []  # (path, headers, body)
        self.takes = ("json_schema", "json_object")  # forms of response_format
        self.script = None  # (status, content type, bytes) instead of a completion
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def chat(self):
        return [body for path, _, body in self.seen if path.endswith("completions")]


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.reply(None)

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.reply(json.loads(self.rfile.read(size)))

    def send(self, status, kind, raw):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(raw)

    def json(self, value, status=200):
        self.send(status, "application/json", json.dumps(value).encode())

    def reply(self, body):
        server = self.server
        server.seen.append((self.path, dict(self.headers), body))
        if self.path == "/v1/models":
            model = {"id": "fake-1b"}
            if server.kind == "vllm":
                model["max_model_len"] = 2048
            self.json({"object": "list", "data": [model, {"id": "fake-2b"}]})
        elif self.path == "/api/show" and server.kind.startswith("ollama"):
            sees = ["vision"] if server.kind == "ollama that sees" else []
            self.json({"capabilities": ["completion", *sees]})
        elif body and body.get("response_format", {}).get("type", "") not in (
            "",
            *server.takes,
        ):
            self.json({"error": {"message": "response_format: not known"}}, 400)
        elif self.path == "/v1/chat/completions":
            blind = server.kind == "blind"
            if blind and any(isinstance(m["content"], list) for m in body["messages"]):
                words = 'can only concatenate str (not "list") to str'
                self.json({"error": {"message": words}}, 500)
            elif server.script is not None:
                self.send(*server.script)
            else:
                self.complete(body)
        elif self.path == "/props" and server.kind == "llama.cpp":
            settings = {"n_ctx": 512}
            modalities = {"vision": False, "audio": False}
            self.json(
                {"default_generation_settings": settings, "modalities": modalities}
            )
        elif self.path == "/apply-template" and server.kind == "llama.cpp":
            said = [f"[{m['role']}] {m['content']}" for m in body["messages"]]
            self.json({"prompt": " ".join(said) + " [assistant]"})
        elif self.path == "/tokenize" and server.kind == "llama.cpp":
            self.json({"tokens": list(range(len(body.get("content", "").split())))})
        elif self.path == "/tokenize" and server.kind == "vllm":
            count = sum(1 + len(m["content"].split()) for m in body["messages"]) + 1
            self.json({"count": count, "max_model_len": 2048, "tokens": []})
        elif server.kind == "html":
            self.send(200, "text/html", b"<html>hello</html>")
        else:
            self.json({"error": {"message": "no such path"}}, 404)

    def complete(self, body):
        words = WORDS[: body["max_tokens"]]
        finish = "stop" if len(words) == len(WORDS) else "length"
        usage = {"prompt_tokens": 9, "completion_tokens": len(words)}
        if not body.get("stream"):
            message = {"role": "assistant", "content": "".join(words)}
            choice = {"index": 0, "message": message, "finish_reason": finish}
            self.json({"choices": [choice], "usage": usage})
            return
        events = [{"choices": [{"delta": {"role": "assistant", "content": None}}]}]
        events += [{"choices": [{"delta": {"content": word}}]} for word in words]
        events += [{"choices": [{"delta": {}, "finish_reason": finish}]}]
        if body.get("stream_options", {}).get("include_usage"):
            events += [{"choices": [], "usage": usage}]
        lines = ["data: " + json.dumps(event) + "\n\n" for event in events]
        raw = ": hello\n\n" + "".join(lines) + "data: [DONE]\n\n"
        self.send(200, "text/event-stream", raw.encode())


@contextmanager
def running(kind="plain"):
    server = FakeServer(kind)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
