"""가중치라고 받은 파일이 가중치가 아닐 때, 첫머리를 보고 무엇인지 알아봅니다."""

import io
import zipfile

# 파일의 첫머리 → (무엇인지, 어떻게 하는지)
UNPACK = "압축을 풀어 안에 든 .pth나 .safetensors를 주세요"
ONLY_TORCH = "PyTorch(.pth)나 safetensors로 저장한 가중치를 주세요"
DOWNLOAD = "주소를 브라우저에서 열어 내려받기(큰 파일은 '바이러스 확인' 페이지의 확인 단추)를 누르고 받은 파일을 주세요"
KINDS = (
    (b"version https://git-lfs", "진짜 가중치가 있는 곳만 적힌 Git LFS의 글",
     "저장소 폴더에서 'git lfs pull'을 실행하거나 웹에서 그 파일의 내려받기 단추로 받으세요"),
    (b"\x89PNG", "그림(PNG)", ONLY_TORCH),
    (b"\xff\xd8\xff", "그림(JPEG)", ONLY_TORCH),
    (b"GIF8", "그림(GIF)", ONLY_TORCH),
    (b"RIFF", "그림이나 소리(RIFF)", ONLY_TORCH),
    (b"%PDF", "PDF 문서", ONLY_TORCH),
    (b"\x89HDF", "Keras(HDF5)의 파일", ONLY_TORCH),
    (b"\x93NUMPY", "NumPy의 배열", ONLY_TORCH),
    (b"Rar!", "압축 파일(RAR)", UNPACK),
    (b"7z\xbc\xaf", "압축 파일(7z)", UNPACK),
    (b"\x1f\x8b", "압축 파일(gzip)", UNPACK),
    (b"BZh", "압축 파일(bzip2)", UNPACK),
    (b"\xfd7zXZ", "압축 파일(xz)", UNPACK),
)  # fmt: skip
WEB_PAGE = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<script", b"<!--")
AGAIN = "내려받기가 도중에 끊겼을 수 있으니 다시 받아, 원본과 크기가 같은지 확인하세요"


def not_weights(data):
    """``data``(파일의 내용)가 PyTorch나 safetensors의 가중치일 수 없으면 (무엇인지, 어떻게 하는지), 아니면 ``None``."""
    if not data:
        return "빈 파일(0바이트)", AGAIN
    for head, what, advice in KINDS:
        if data.startswith(head):
            return what, advice
    # 메모장과 몇몇 웹 서버는 UTF-8의 앞에 세 바이트를 붙입니다.
    start = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.lower().startswith(WEB_PAGE):
        return "웹 페이지(HTML)", DOWNLOAD
    if data.startswith(b"PK"):
        return _not_weights_zip(data)
    if data[257:262] == b"ustar":
        # PyTorch 0.1의 파일도 tar였지만, 그것은 이제 PyTorch도 열지 못합니다.
        return "압축 파일(tar)", UNPACK
    if is_safetensors(data):
        return None
    if start and _is_text(data[:512]):
        shown = " ".join(start[:40].decode(errors="replace").split())
        return f"글('{shown}…')", ONLY_TORCH
    return None


def is_safetensors(data):
    """safetensors는 머리글의 길이(8바이트)와 JSON의 ``{``로 시작합니다."""
    return data[8:9] == b"{" and int.from_bytes(data[:8], "little") < 2**32


def _not_weights_zip(data):
    """``torch.save``도 zip을 씁니다. 그 안에는 꼭 ``data.pkl``이 있습니다."""
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return "끝이 잘린 파일", AGAIN
    last = {name.rsplit("/", 1)[-1] for name in names}
    if "constants.pkl" in last:
        return "TorchScript로 저장한 모델", "torch.save(netG.state_dict(), ...)로 저장한 파일을 주세요"
    if "data.pkl" in last:
        return None
    files = [name for name in names if not name.endswith("/")]
    shown = ", ".join(f"'{name}'" for name in files[:3])
    inside = f" {shown}{' 등' if len(files) > 3 else ''} 파일 {len(files):,}개가 든" if files else " 빈"
    return f"가중치가 아니라{inside} zip", UNPACK


def _is_text(data):
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4:  # 끝에서 글자 하나가 잘린 것은 괜찮습니다.
            return False
        text = data[: error.start].decode()
    return all(letter.isprintable() or letter.isspace() for letter in text)
