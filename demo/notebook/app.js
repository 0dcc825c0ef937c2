/**
 * The page: two devices side by side, a SQL console, and the service worker that lets it open offline.
 */
import { showConsole } from './console.js';
import { Device } from './device.js';
import { DevicePane } from './device-pane.js';

const devices = [new Device('ada', 'Ada’s tablet'), new Device('bo', 'Bo’s phone')];

for (const device of devices) {
  const pane = new DevicePane(device);
  document.querySelector('#devices').append(pane.element);
  device.open().catch((error) => pane.fail(error));
}
showConsole(document.querySelector('#console'), devices);
keepForOffline(document.querySelector('#shell'));

// for people who like to look around in the browser's console
globalThis.devices = devices;

/** Says when the page can be opened without a network. */
async function keepForOffline(status) {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/notebook/service-worker.js', { scope: '/notebook/' });
    await navigator.serviceWorker.ready;
    status.textContent = 'Ready to open offline';
    document.documentElement.dataset.offlineReady = 'yes';
  } catch (error) {
    status.textContent = `Cannot be kept for offline use: ${error.message}`;
  }
}
