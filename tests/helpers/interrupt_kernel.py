"""Stops cells of a real kernel and says, as JSON lines, how each of them ended.

usage: interrupt_kernel.py DATASET TRIES [SITUATION...]

The kernel specification "deno" is found through JUPYTER_PATH; the kernel starts in the working
directory. DATASET is a folder of photographs by class.
"""

import json
import sys
import time

from jupyter_client.manager import KernelManager

SET_UP = """
import * as lab from "@/lab/mod.ts";
import * as report from "@/report/mod.ts";
import { loadConfig } from "@/load_config.ts";
let counter = 0;
const config = await loadConfig(null, ["DATASET.name=Folder", "DATASET.datadir=%s",
  "MODEL.sampler_ratio=0.3", "EVALUATION.folds=2", "RUNTIME.cache_gigabytes=0"]);
const workbench = await lab.openWorkbench(config);
const training = await workbench.embedTraining();
const memory = await lab.fitMemory(workbench, { training, grouping: "all" });
const assignments = [{ memory, routing: "key" }];
"""

SITUATIONS = {
    "embedding": "for (;;) await workbench.embedTraining();",
    "selection": 'for (;;) await lab.fitMemory(workbench, { training, grouping: "class" });',
    "scoring": "for (;;) await lab.scoreTestImages(workbench, { assignments });",
    "waiting": "await new Promise((resolve) => setTimeout(resolve, 600_000));",
    "studying": 'const progress = await report.showProgress("all"); '
    "for (;;) await lab.runStudy({ ...workbench, startProgress: () => progress });",
}


def main() -> None:
    dataset, tries, *names = sys.argv[1:]
    manager = KernelManager(kernel_name="deno")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    try:
        print_line(situation="set-up", **run(manager, client, SET_UP % dataset))
        for name in names or SITUATIONS:
            for attempt in range(int(tries)):
                delay = 0.4 + 2.1 * attempt / max(1, int(tries) - 1)
                stopped = run(manager, client, SITUATIONS[name], stop_after=delay)
                following = run(manager, client, "++counter;")
                print_line(situation=name, **stopped, next=following["text"], next_error=following["error"])
                if stopped["end"] != "idle" or following["end"] != "idle":
                    return
        print_line(situation="afterwards", **run(manager, client, "(await workbench.embedTraining()).count"))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(manager, client, code: str, stop_after=None) -> dict:
    """Runs a cell; `seconds` is from the stop, or else from the start, to the prompt."""
    message = client.execute(code)
    begin, patience = time.time(), 120.0
    result = {"end": "stuck", "error": None, "text": None, "seconds": None}
    while time.time() - begin < patience:
        if stop_after is not None and time.time() - begin >= stop_after:
            manager.interrupt_kernel()
            begin, stop_after, patience = time.time(), None, 20.0
        try:
            reply = client.get_iopub_msg(timeout=0.02)
        except Exception:
            if manager.is_alive():
                continue
            if result["end"] != "idle":
                result["end"] = "died"
            break
        if reply["parent_header"].get("msg_id") != message:
            continue
        content = reply["content"]
        if reply["msg_type"] == "error":
            result["error"] = f"{content['ename']}: {content['evalue']}"
        elif reply["msg_type"] == "execute_result":
            result["text"] = content["data"].get("text/plain")
        elif reply["msg_type"] == "status" and content["execution_state"] == "idle":
            result["end"] = "idle"
            result["seconds"] = round(time.time() - begin, 2)
            # The kernel may say that it is done before what it shows has left.
            begin, patience = time.time(), 0.5 if stop_after is None and result["text"] is None else 0
    if result["seconds"] is not None:
        return result
    result["seconds"] = round(time.time() - begin, 2)
    return result


def print_line(**line) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
