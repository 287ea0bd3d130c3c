"""Scores photographs: python3 use_detector.py PHOTO…  (pip install onnxruntime pillow numpy)"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

detector = onnxruntime.InferenceSession(Path(__file__).with_name("detector.onnx"))
about = detector.get_modelmeta().custom_metadata_map
groups = json.loads(about["hiercore.groups"])
wanted = ["group", "score", "threshold", "anomalous", "refused"]
print("photograph", *wanted[:3], "verdict", sep="\t")
for path in sys.argv[1:]:
    photograph = Image.open(path)
    if about["hiercore.orientation"] == "exif":
        photograph = ImageOps.exif_transpose(photograph)
    pixels = np.asarray(photograph.convert("RGB"))
    group, score, threshold, anomalous, refused = detector.run(wanted, {"image": pixels})
    verdict = "anomalous" if anomalous else "normal"
    if refused:
        verdict += ", unlike anything trained: defective or unknown"
    print(path, groups[int(group)]["name"], f"{score:.6g}", f"{threshold:.6g}", verdict, sep="\t")
