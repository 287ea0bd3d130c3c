import assert from "node:assert/strict";
import { Command } from "commander";
import { predictCommand } from "@/deploy/commands/predict.ts";
import { addPredict } from "@/deploy/commands/predict_words.ts";
import { noProgress } from "@/files/progress.ts";
import { collectOutput } from "../../helpers/output.ts";

Deno.test("addPredict() explains every option, and takes a number of threads", async () => {
  const codes: number[] = [], complaints: string[] = [];
  const program = new Command().exitOverride();
  addPredict(program, {
    open: () => collectOutput().output,
    end: (code) => codes.push(code),
    print: () => {},
    complain: (line) => complaints.push(line),
  });
  const [command] = program.commands;
  assert.deepEqual(command!.options.map(({ long }) => long), [
    ...["--format", "--out", "--maps", "--masks", "--thresholds", "--fail", "--watch", "--threads"],
    ...["--provider", "--overwrite", "--quiet"],
  ]);
  assert.ok(command!.options.every(({ description }) => description.length > 10));
  const args = ["predict", "/no/such", "a.png", "--threads", "2"];
  await assert.rejects(
    program.parseAsync(args, { from: "user" }),
    /"\/no\/such\/model\/model.json"/,
  );
});

Deno.test("predictCommand() opens nothing before it knows what is asked for", async () => {
  const nothing = { format: "csv", watch: null, out: null, maps: null, masks: null, opening: {} };
  const asked = {
    ...{ ...nothing, run: "/no/such", fail: false, isQuiet: true, overwrite: false },
    ...{ print: () => {}, complain: () => {}, startProgress: noProgress },
  };
  await assert.rejects(predictCommand({ ...asked, photographs: [] }), /photographs must be named/);
  await assert.rejects(
    predictCommand({ ...asked, photographs: ["a.png"], format: "tsv" }),
    /--format must be csv or jsonl, got "tsv"/,
  );
});
