"""Pictures and their pixels by Pillow: python golden/pictures.py > golden/pictures.json (Pillow 13.0.0)."""
import base64, io, json, sys
from PIL import Image

def smooth(w, h, mode="RGB"):
    im = Image.new("RGB", (w, h))
    im.putdata([((x * 255) // (w - 1), (y * 255) // (h - 1), ((x + y) * 255) // (w + h - 2)) for y in range(h) for x in range(w)])
    return im.convert(mode)

def clear(w, h):
    im = smooth(w, h).convert("RGBA")
    im.putalpha(Image.linear_gradient("L").resize((w, h)))
    return im

cases = []
def add(name, im, fmt, tolerance, **options):
    buffer = io.BytesIO()
    im.save(buffer, fmt, **options)
    bytes_ = buffer.getvalue()
    read = Image.open(io.BytesIO(bytes_))
    read.load()
    if "A" in read.getbands() or "transparency" in read.info:
        ground = Image.new("RGBA", read.size, (255, 255, 255, 255))
        read = Image.alpha_composite(ground, read.convert("RGBA"))
    read = read.convert("RGB") if not read.mode.startswith("I;16") else read.point(lambda v: v / 257).convert("L").convert("RGB")
    cases.append({"name": name, "format": fmt.lower(), "width": read.width, "height": read.height, "tolerance": tolerance,
                  "file": base64.b64encode(bytes_).decode(), "rgb": base64.b64encode(read.tobytes()).decode()})

add("png rgb", smooth(13, 9), "PNG", 0)
add("png grey", smooth(13, 9, "L"), "PNG", 0)
add("png one bit", smooth(13, 9).convert("1"), "PNG", 0)
add("png palette", smooth(13, 9).quantize(7), "PNG", 0)
add("png palette of 4 colours with a clear one", smooth(13, 9).quantize(4), "PNG", 0, transparency=1)
add("png rgba", clear(13, 9), "PNG", 1)
add("png grey and alpha", clear(13, 9).convert("LA"), "PNG", 1)
add("jpeg", smooth(24, 17), "JPEG", 3, quality=92, subsampling=0)
add("jpeg progressive", smooth(24, 17), "JPEG", 3, quality=92, subsampling=0, progressive=True)
add("jpeg with halved colours", smooth(24, 17), "JPEG", 14, quality=92, subsampling=2)
add("jpeg grey", smooth(24, 17, "L"), "JPEG", 4, quality=92)
add("webp lossless", smooth(16, 11), "WEBP", 0, lossless=True)
add("webp lossy", smooth(16, 11), "WEBP", 6, quality=90)
add("webp rgba", clear(16, 11), "WEBP", 2, lossless=True, exact=True)
json.dump({"peer": "Pillow 13.0.0", "command": "python golden/pictures.py > golden/pictures.json", "cases": cases}, sys.stdout, indent=1)
