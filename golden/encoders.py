"""Tiny ONNX encoders: python golden/encoders.py > golden/encoders.json (onnx 1.23.2).

picture: [n, 3, 4, 4] to the mean of each colour, as a map of 2 x 2 places; text: input_ids and attention_mask to one row
of a table a word."""
import base64, json, sys
import numpy as np
from onnx import TensorProto, helper as h, numpy_helper as n

def packed(nodes, inputs, outputs, constants=()):
    graph = h.make_graph(nodes, "encoder", inputs, outputs, list(constants))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    return base64.b64encode(model.SerializeToString()).decode()

info = h.make_tensor_value_info
picture = packed(
    [h.make_node("AveragePool", ["pixels"], ["map"], kernel_shape=[2, 2], strides=[2, 2])],
    [info("pixels", TensorProto.FLOAT, ["n", 3, 4, 4])], [info("map", TensorProto.FLOAT, ["n", 3, 2, 2])])
table = np.array([[0, 0], [0, 0], [0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)
text = packed(
    [h.make_node("Gather", ["table", "input_ids"], ["hidden"]), h.make_node("Identity", ["attention_mask"], ["mask"])],
    [info("input_ids", TensorProto.INT64, ["n", "words"]), info("attention_mask", TensorProto.INT64, ["n", "words"])],
    [info("hidden", TensorProto.FLOAT, ["n", "words", 2]), info("mask", TensorProto.INT64, ["n", "words"])],
    [n.from_array(table, "table")])
json.dump({"peer": "onnx 1.23.2", "command": "python golden/encoders.py > golden/encoders.json",
           "picture": picture, "text": text, "vocabulary": ["[UNK]", "[CLS]", "[SEP]", "red", "shirt", "##s"]}, sys.stdout, indent=1)
