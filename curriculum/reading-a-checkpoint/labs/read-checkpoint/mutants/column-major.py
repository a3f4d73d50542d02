def read_array(file, which):
    data = file.astype(np.uint8).tobytes()
    first = 8 + int.from_bytes(data[:8], "little")  # where the data section begins
    entry = json.loads(data[8:first])[f"w{which}"]
    start, end = entry["data_offsets"]
    raw = data[first + start : first + end]
    if entry["dtype"] == "BF16":
        values = bf16(np.frombuffer(raw, dtype="<u2"))
    else:
        values = np.frombuffer(raw, dtype="<f4")
    return values.reshape(entry["shape"], order="F")
