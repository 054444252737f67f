// Reads a household's code with the camera: by the browser's own reader, or by ours where it has none (iPhones, Firefox, Linux).
// Nothing hangs on it: the number under the code may always be typed.
const $ = (id) => document.getElementById(id);

export const scan = async (button) => {
  const number = await read(button.dataset), box = $("q"), row = $(`n${number}`);
  if (!number) { box.focus(); return; }
  box.value = row ? number.padStart(3, "0") : "";
  box.dispatchEvent(new Event("input"));
  if (row) row.querySelector(".who").focus(); else unlisted(number);
};

const unlisted = (number) => { // somebody of this farm who is not on this list: why not?
  $("unlisted").open = true;
  $("look").elements.who.value = $("walk-up").elements.name.value = number;
  $("look").requestSubmit();
  $("look").querySelector("button").focus({ preventScroll: true });
  $("look").scrollIntoView({ block: "center" });
};

const read = async (words) => {
  const part = (name, facts) => Object.assign(document.createElement(name), facts);
  const title = part("h2", { className: "h3", id: "scan-title", textContent: words.title });
  const video = part("video", { playsInline: true, muted: true });
  const says = part("p", { textContent: words.hint });
  const type = part("button", { className: "btn quiet", textContent: words.type });
  const dialog = part("dialog", { className: "scan" });
  const shut = new Promise((done) => dialog.addEventListener("close", () => done("")));
  let stream, open = true;
  shut.then(() => { open = false; });
  type.addEventListener("click", () => dialog.close());
  dialog.setAttribute("aria-labelledby", title.id);
  says.setAttribute("role", "status");
  dialog.append(title, video, says, type);
  document.body.append(dialog);
  dialog.showModal();
  try {
    const codes = await reader(words.reader);
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
    while (open) {
      for (const { rawValue } of await codes.detect(video)) {
        const [, farm, number] = /^hissa:([\w-]+):(\d+)$/.exec(rawValue) ?? [];
        if (farm === words.farm) return String(Number(number));
        says.textContent = words.foreign;
      }
      await new Promise((next) => setTimeout(next, 150));
    }
  } catch {
    video.hidden = true;
    says.textContent = words.none;
    await shut;
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
    dialog.remove();
  }
  return "";
};

const reader = async (ours) => {
  const formats = await self.BarcodeDetector?.getSupportedFormats() ?? [];
  const Reader = formats.includes("qr_code") ? self.BarcodeDetector : (await import(ours)).BarcodeDetector;
  return new Reader({ formats: ["qr_code"] });
};
