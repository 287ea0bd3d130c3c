import assert from "node:assert/strict";
import {
  addUp,
  falseAlarmText,
  foundText,
  realise,
  realisedRecords,
} from "@/lab/thresholds/realised.ts";

const image = (groupName: string, score: number, isAnomalous: boolean) => ({
  className: "nut",
  group: 0,
  groupName,
  score,
  isAnomalous,
});
const samples = [
  image("a", 1, false),
  image("a", 3, false),
  image("a", 3, true),
  image("b", 9, true),
];
const thresholds = new Map([
  ["a", { value: 3, count: 20 }],
  ["b", { value: Infinity, count: 1, reason: "too few" }],
]);

Deno.test("realise() counts alarms by scope, at or above the threshold", () => {
  const [a, b] = realise(thresholds, { samples, scope: "group" });
  assert.deepEqual([a!.falseAlarms, a!.found], [{ count: 1, total: 2 }, { count: 1, total: 1 }]);
  assert.deepEqual([b!.falseAlarms, b!.found], [{ count: 0, total: 0 }, { count: 0, total: 1 }]);
  assert.deepEqual(addUp([a!.found, b!.found]), { count: 1, total: 2 });
});

Deno.test("realisedRecords() says promises, counts with what they prove, and all together", () => {
  const records = realisedRecords(
    realise(thresholds, { samples, scope: "group" }),
    () => "promised",
  );
  assert.deepEqual(records[0], {
    "threshold of": "a",
    value: 3,
    images: 20,
    promise: "promised",
    "false alarms (95 %)": "1 of 2, at most 97.5 %",
    "defects found (95 %)": "1 of 1 (2.5–100.0 %)",
  });
  assert.deepEqual([records[1]!.value, records[1]!.promise], ["none", "too few"]);
  assert.equal(records[2]!["defects found (95 %)"], "1 of 2 (1.3–98.7 %)");
  assert.equal(
    falseAlarmText({ count: 0, total: 16 }),
    "0 of 16, at most 17.1 %",
  );
  assert.equal(falseAlarmText({ count: 0, total: 0 }), "no normal image");
  assert.equal(foundText({ count: 0, total: 0 }), "no defective image");
});
