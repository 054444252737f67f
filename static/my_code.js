// The household's number opens without a network.
const worker = document.querySelector("script[data-worker]").dataset.worker;
await navigator.serviceWorker?.register(worker).then(() => navigator.serviceWorker.ready).catch(() => null);
document.documentElement.dataset.saved = "";
