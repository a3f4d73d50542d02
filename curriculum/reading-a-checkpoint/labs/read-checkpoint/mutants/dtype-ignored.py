def read_array(file, which):
    data = file.astype(np.uint8).tobytes()
    first = 8 + int.from_bytes(data[:8], "little")  # where the data section begins
    entry = json.loads(data[8:first])[f"w{which}"]
    start, end = entry["data_offsets"]
    raw = data[first + start : first + end]
    values = np.frombuffer(raw[: len(raw) // 4 * 4], dtype="<f4")
    return values.reshape(entry["shape"])
