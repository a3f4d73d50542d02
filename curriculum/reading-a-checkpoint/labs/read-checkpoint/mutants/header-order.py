def read_array(file, which):
    data = file.astype(np.uint8).tobytes()
    first = 8 + int.from_bytes(data[:8], "little")  # where the data section begins
    header = json.loads(data[8:first])
    entry = header[f"w{which}"]
    sizes = [header[f"w{i}"]["data_offsets"][1] - header[f"w{i}"]["data_offsets"][0] for i in range(which + 1)]
    start, end = sum(sizes[:-1]), sum(sizes)
    raw = data[first + start : first + end]
    if entry["dtype"] == "BF16":
        values = bf16(np.frombuffer(raw, dtype="<u2"))
    else:
        values = np.frombuffer(raw, dtype="<f4")
    return values.reshape(entry["shape"])
