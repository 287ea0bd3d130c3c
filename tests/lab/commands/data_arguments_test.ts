import assert from "node:assert/strict";
import { parseDataArguments } from "@/lab/commands/data.ts";

const nothing = {
  name: null,
  folder: null,
  isJson: false,
  from: null,
  addresses: [],
  keepArchive: false,
  overrides: [],
};

Deno.test("parseDataArguments() reads every option in any order", () => {
  assert.deepEqual(parseDataArguments([]), { ...nothing, action: "list" });
  assert.deepEqual(
    parseDataArguments(["check", "--json", "DATASET.resize=64", "folder", "--folder", "my nuts"]),
    {
      ...nothing,
      action: "check",
      name: "Folder",
      folder: "my nuts",
      isJson: true,
      overrides: ["DATASET.resize=64"],
    },
  );
  const addresses = ["http://a/b.zip?c=d", "http://e/f.zip"];
  assert.deepEqual(
    parseDataArguments([
      ...["download", "BTAD", "--address", addresses[0]!, `--address=${addresses[1]}`],
      ...["--keep-archive", "--from", "btad.zip", "--folder=there"],
    ]),
    {
      ...nothing,
      action: "download",
      name: "BTAD",
      folder: "there",
      from: "btad.zip",
      addresses,
      keepArchive: true,
    },
  );
});

Deno.test("parseDataArguments() says what is wrong", () => {
  const cases: [string[], string][] = [
    [["chekc", "MVTec"], 'unknown action "chekc", did you mean "check"?'],
    [["delete"], 'unknown action "delete", known are download, check, describe'],
    [["MVTec"], 'unknown action "MVTec", known are download, check, describe'],
    [["check"], '"check" needs a dataset, one of Sample, Folder, MVTec, VisA, BTAD, MPDD'],
    [["check", "MVTek"], 'unknown dataset "MVTek", did you mean "MVTec"?'],
    [
      ["check", "my_parts"],
      'unknown dataset "my_parts", known are Sample, Folder, MVTec, VisA, BTAD, MPDD; your own ' +
      "is Folder with --folder DIR",
    ],
    [["check", "MVTec", "VisA"], 'one dataset must be named, got "MVTec" and "VisA"'],
    [["--json"], 'an action must come first, one of download, check, describe, got "--json"'],
    [
      ["check", "MVTec", "--form", "x"],
      '"check" must have no options but --folder, --json, got "--form"',
    ],
    [
      ["describe", "MVTec", "--from", "x"],
      '"describe" must have no options but --folder, --json, got "--from"',
    ],
    [["check", "MVTec", "--folder"], '"--folder" must have a value, got none'],
    [["check", "MVTec", "--folder="], '"--folder" must have a value, got none'],
    [["check", "MVTec", "--json=yes"], '"--json" must stand alone, got "yes"'],
    [
      ["check", "MVTec", "DATASET.name=VisA"],
      '"check" must have no keys but DATASET.classname, DATASET.resize, DATASET.orientation, got ' +
      '"DATASET.name=VisA"',
    ],
    [
      ["download", "MVTec", "DATASET.resize=9"],
      '"download" must have no keys, got "DATASET.resize=9"',
    ],
  ];
  for (const [args, reason] of cases) {
    assert.throws(() => parseDataArguments(args), {
      name: "RangeError",
      message: `Cannot run "data": ${reason}`,
    }, args.join(" "));
  }
});
