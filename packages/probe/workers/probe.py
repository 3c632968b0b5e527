"""The probe worker: puts a conversation to a model. `python3 probe.py < input.json`, or `python3 probe.py --serve`.

Input, output and log lines are those of docs/workers.md. Needs Python 3.10 or later and its standard library.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from common.adapters.model import Model
from common.config import Config, read_config
from common.contract import read_input
from common.conversation import ConversationFailed, converse
from common.deadline import Deadline
from common.errors import WorkerError
from common.http_client import HttpClient
from common.json_types import JsonObject, JsonValue
from common.logging import Log
from common.retry import RetryPolicy
from common.serving import failure, run_worker


class ProbeWorker:
    """Keeps connections between conversations; forgets everything else."""

    def __init__(self, config: Config, log: Log, policy: RetryPolicy, client: HttpClient | None = None) -> None:
        self._config = config
        self._log = log
        self._policy = policy
        self._client = client or HttpClient()

    def run(self, value: JsonValue) -> JsonObject:
        """Raises WorkerError for what is wrong before the first turn."""
        deadline = Deadline(self._config.usable_ms)
        given = read_input(value)
        model = Model(given.asked_model, given.model_config, self._config, self._client, self._log)
        model.check_temperature(given.temperature)
        try:
            transcript = converse(given, model, self._policy, deadline, self._log)
        except ConversationFailed as failed:
            partial = {"partial": failed.partial.as_json()} if failed.partial.turns else {}
            return {**failure(failed.error), **partial}
        return {"success": True, "transcript": transcript.as_json()}

    def close(self) -> None:
        self._client.close()


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    try:
        config = read_config(environment)
    except WorkerError as error:
        refusal = error
        return run_worker(lambda _: failure(refusal), Log("probe"), arguments)
    log = Log("probe", debug=config.debug, secrets=config.secrets)
    worker = ProbeWorker(config, log, RetryPolicy(initial_delay_ms=config.retry_delay_ms))
    try:
        return run_worker(worker.run, log, arguments)
    finally:
        worker.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
