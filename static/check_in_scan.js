// Reads a household's code with the camera, where the browser can; a typed number always works.
export const read = async (stop) => {
  const dialog = document.createElement("dialog"), video = document.createElement("video");
  const button = Object.assign(document.createElement("button"), { className: "btn quiet", textContent: stop });
  const codes = new self.BarcodeDetector({ formats: ["qr_code"] });
  let stream, open = true;
  button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { open = false; });
  video.playsInline = video.muted = true;
  dialog.append(video, button);
  document.body.append(dialog);
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    dialog.showModal();
    await video.play();
    while (open) {
      const found = (await codes.detect(video)).map((code) => /^hissa:[\w-]+:(\d+)$/.exec(code.rawValue)).find(Boolean);
      if (found) return String(Number(found[1]));
      await new Promise((next) => setTimeout(next, 150));
    }
  } catch { /* no camera, or not allowed: the number is typed */ } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
    dialog.remove();
  }
  return "";
};
