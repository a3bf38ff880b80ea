"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const canvas = at("canvas"), plane = at("plane");
  const WIDE = 720; // px of the canvas along its longer side, about
  const THIN = 48; // px, the least height of a slice of one row
  const KEPT = 40; // volumes that stay inflated
  const PACE = 220; // ms a frame when played
  const state = { site: 0, field: 0, axis: 0, slice: 0, time: 0, probe: null, timer: null, turn: 0 };
  const shown = { bytes: null, clones: null };

  const site = () => data.sites[state.site];
  const field = () => site().fields[state.field];
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const digits = (value) => {
    if (value === 0) return "0";
    const size = Math.abs(value);
    const text = size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
    return text.replace("-", "\u2212").replace("e+", "e");
  };
  const withUnit = (text, unit) => (unit ? text + "\u00a0" + unit : text);

  // Volumes: base64 of zlib, inflated when they are first wanted.
  const known = new Map();
  const inflate = async (text) => {
    const raw = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const volume = (name, text) => {
    const key = state.site + "/" + name;
    const found = known.get(key) || inflate(text);
    known.delete(key);
    known.set(key, found);
    if (known.size > KEPT) known.delete(known.keys().next().value);
    return found;
  };

  // A slice: which axis goes down and which across, and where a voxel of it lies in the volume.
  const cut = () => {
    const [down, across] = [[1, 2], [0, 2], [0, 1]][state.axis];
    const shape = site().shape, stride = [shape[1] * shape[2], shape[2], 1];
    const rows = shape[down], columns = shape[across], start = state.slice * stride[state.axis];
    const place = (row, column) => start + (rows - 1 - row) * stride[down] + column * stride[across];
    return { down, across, rows, columns, place };
  };

  // Colours: of a kind, or of a value between the smallest and the largest of all frames.
  const rgb = (hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
  const ramp = data.ramp.map(rgb);
  const mixed = (share) => {
    const place = Math.min(1, Math.max(0, share)) * (ramp.length - 1), low = Math.min(ramp.length - 2, Math.floor(place));
    return ramp[low].map((value, part) => Math.round(value + (ramp[low + 1][part] - value) * (place - low)));
  };
  const reach = (one) => [Math.min(...one.lows), Math.max(...one.highs)];
  const level = (one, byte) => one.lows[state.time] + ((byte - 1) / 254) * (one.highs[state.time] - one.lows[state.time]);
  const value = (one, byte) => (one.scale === "log" ? Math.round(10 ** level(one, byte)) : level(one, byte));
  const palette = () => {
    const one = field();
    if (one.scale === "kind") return [null, ...site().colours.map(rgb)];
    const [low, high] = reach(one);
    return [null, ...Array.from({ length: 255 }, (_, byte) => mixed(high > low ? (level(one, byte + 1) - low) / (high - low) : 0.5))];
  };

  const paint = () => {
    const { rows, columns, place } = cut(), colours = palette();
    const size = Math.max(1, Math.floor(WIDE / Math.max(rows, columns))), tall = Math.max(size, Math.ceil(THIN / rows));
    const image = new ImageData(columns, rows);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const found = colours[shown.bytes[place(row, column)]];
        if (found) image.data.set([...found, 255], 4 * (row * columns + column));
      }
    }
    canvas.width = columns * size;
    canvas.height = rows * tall;
    const pen = canvas.getContext("2d"), small = document.createElement("canvas");
    [small.width, small.height] = [columns, rows];
    small.getContext("2d").putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    walls(pen, size, tall);
    if (at("outline").checked) outline(pen, size, tall);
    if (state.probe) {
      pen.lineWidth = 2;
      pen.strokeStyle = ink("--ink");
      pen.strokeRect(state.probe[1] * size - 1, state.probe[0] * tall - 1, size + 2, tall + 2);
    }
  };

  const walls = (pen, size, tall) => {
    if (!shown.wall) return;
    const { rows, columns, place } = cut();
    pen.lineWidth = 1;
    pen.strokeStyle = ink("--quiet");
    pen.fillStyle = ink("--soft");
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        if (!shown.wall[place(row, column)]) continue;
        pen.fillRect(column * size, row * tall, size, tall);
        pen.beginPath();
        pen.moveTo(column * size, (row + 1) * tall);
        pen.lineTo((column + 1) * size, row * tall);
        pen.stroke();
      }
    }
  };

  const outline = (pen, size, tall) => {
    const { rows, columns, place } = cut();
    const inside = (row, column) => row >= 0 && column >= 0 && row < rows && column < columns && shown.clones[place(row, column)] > 0;
    pen.beginPath();
    for (let row = 0; row <= rows; row += 1) {
      for (let column = 0; column <= columns; column += 1) {
        if (inside(row, column) !== inside(row, column - 1)) {
          pen.moveTo(column * size, row * tall);
          pen.lineTo(column * size, (row + 1) * tall);
        }
        if (inside(row, column) !== inside(row - 1, column)) {
          pen.moveTo(column * size, row * tall);
          pen.lineTo((column + 1) * size, row * tall);
        }
      }
    }
    for (const [colour, width] of [[ink("--ground"), 4], [ink("--ink"), 1.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  };

  // Words: the scale, the legend, what the slice shows, and what lies under the pointer.
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const legend = () => {
    const one = field(), box = at("legend");
    box.replaceChildren();
    const entries = element("ul");
    const entry = (words, colour, kind) => {
      const line = element("li"), swatch = element("span", undefined, "swatch" + (kind || ""));
      if (colour) swatch.style.background = colour;
      line.append(swatch, element("span", words));
      entries.append(line);
    };
    if (one.scale === "kind") {
      site().names.forEach((name, place) => entry(name, site().colours[place]));
    } else {
      const [low, high] = reach(one), bar = element("span", undefined, "bar"), ticks = element("div", undefined, "ticks");
      bar.style.background = high > low ? `linear-gradient(to right, ${data.ramp.join(", ")})` : data.ramp[4];
      const parts = high > low ? [0, 0.25, 0.5, 0.75, 1] : [0.5];
      parts.forEach((part) => {
        const found = low + part * (high - low);
        ticks.append(element("span", digits(one.scale === "log" ? 10 ** found : found)));
      });
      box.append(element("div", one.title + (one.unit ? ", " + one.unit : "")), bar, ticks);
    }
    if (site().wall) entry("wall", null, " wall");
    if (one.scale !== "linear") entry("no cell", ink("--ground"));
    if (entries.children.length) box.append(entries);
  };

  const sentence = () => {
    const { rows, columns, place } = cut(), one = field(), kinds = site().names.map(() => 0);
    let [held, sum, low, high, tumour] = [0, 0, Infinity, -Infinity, 0];
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const byte = shown.bytes[place(row, column)], kind = shown.clones[place(row, column)];
        if (kind) { tumour += 1; kinds[kind - 1] += 1; }
        if (!kind || !byte || one.scale === "kind") continue;
        const found = value(one, byte);
        [held, sum, low, high] = [held + 1, sum + found, Math.min(low, found), Math.max(high, found)];
      }
    }
    const start = `Day ${digits(site().days[state.time])}, ${where()}: ${tumour} of ${rows * columns} voxels hold cells`;
    if (!tumour) return start + ".";
    if (one.scale === "kind") {
      const order = kinds.map((count, kind) => [count, kind]).filter(([count]) => count).sort((a, b) => b[0] - a[0]);
      const shares = order.map(([count, kind]) => `${site().names[kind]} ${digits((100 * count) / tumour)}\u00a0%`);
      return `${start}, most in each: ${shares.join(", ")} of them.`;
    }
    const numbers = [low, high, sum / held].map((number) => withUnit(digits(number), one.unit));
    return `${start}; ${one.title} there from ${numbers[0]} to ${numbers[1]}, mean ${numbers[2]}.`;
  };
  const where = () => `${site().axes[state.axis]} = ${withUnit(digits(site().middles[state.axis][state.slice]), "mm")}`;

  const reading = () => {
    if (!state.probe) return "";
    const { down, across, rows, place } = cut(), [row, column] = state.probe, index = place(row, column), one = field();
    const axes = site().axes, middles = site().middles;
    const here = `${axes[across]} = ${digits(middles[across][column])}, ${axes[down]} = ${digits(middles[down][rows - 1 - row])} mm: `;
    if (shown.wall && shown.wall[index]) return here + "wall";
    const kind = shown.clones[index], byte = shown.bytes[index];
    const clone = kind ? site().names[kind - 1] : "no cell";
    if (one.scale === "kind") return here + clone;
    return here + (byte ? `${one.title} ${withUnit(digits(value(one, byte)), one.unit)}; ` : "") + clone;
  };

  const scale = () => {
    const { down, across, columns } = cut(), whole = columns * site().spacing, axes = site().axes;
    const size = 10 ** Math.floor(Math.log10(whole / 3)), nice = [5, 2, 1].find((part) => part * size <= whole / 3) * size;
    at("scale").style.width = `${(100 * nice) / whole}%`;
    at("scale-says").textContent = `${digits(nice)} mm`;
    at("axes-says").textContent = `${axes[across]} to the right` + (site().shape[down] > 1 ? `, ${axes[down]} upward` : "");
  };

  // Draw what the state asks for, once its volumes are there; a later wish overtakes an earlier one.
  const draw = async () => {
    state.turn += 1;
    const turn = state.turn, one = field(), base = site().fields[0];
    const parts = [volume(one.key + state.time, one.frames[state.time]), volume("clones" + state.time, base.frames[state.time])];
    const [bytes, clones, wall] = await Promise.all([...parts, site().wall ? volume("wall", site().wall) : null]);
    if (turn !== state.turn) return;
    Object.assign(shown, { bytes, clones, wall });
    at("time").value = state.time;
    at("slice").value = state.slice;
    at("time-says").textContent = `day ${digits(site().days[state.time])}`;
    at("slice-says").textContent = where();
    at("time").setAttribute("aria-valuetext", at("time-says").textContent);
    at("slice").setAttribute("aria-valuetext", at("slice-says").textContent);
    paint();
    scale();
    at("probe").textContent = reading();
    const text = sentence();
    at("says").textContent = text;
    canvas.setAttribute("aria-label", `${one.title}. ${text}`);
    document.body.dataset.drawn = [site().site, one.key, state.axis, state.slice, state.time].join("|");
  };

  const options = (list, words, chosen) => {
    list.replaceChildren(...words.map((text, place) => new Option(text, place, false, place === chosen)));
  };
  const arrange = () => { // after another site, or another axis
    const shape = site().shape, last = shape[state.axis] - 1;
    state.slice = Math.floor(last / 2);
    state.probe = null;
    at("slice").max = last;
    at("for-slice").hidden = last === 0;
    at("time").max = site().days.length - 1;
  };
  const enter = (place) => {
    state.site = place;
    Object.assign(state, { field: Math.min(state.field, site().fields.length - 1), axis: 0, time: Math.min(state.time, site().days.length - 1) });
    const open = site().shape.filter((size) => size > 1).length === 3;
    options(at("field"), site().fields.map((one) => one.title), state.field);
    options(at("axis"), site().axes, 0);
    at("for-axis").hidden = !open;
    arrange();
    legend();
  };

  const still = () => {
    clearInterval(state.timer);
    state.timer = null;
    at("play").textContent = "Play";
    at("play").setAttribute("aria-pressed", "false");
    at("says").setAttribute("aria-live", "polite");
  };
  const play = () => {
    if (state.timer) { still(); return; }
    const last = site().days.length - 1;
    if (state.time >= last) state.time = 0;
    at("play").textContent = "Pause";
    at("play").setAttribute("aria-pressed", "true");
    at("says").setAttribute("aria-live", "off");
    draw();
    state.timer = setInterval(() => {
      if (state.time >= last) { still(); return; }
      state.time += 1;
      draw();
    }, PACE);
  };
  const bounded = (number, size) => Math.min(size - 1, Math.max(0, number));

  at("site").addEventListener("change", (event) => { still(); enter(Number(event.target.value)); draw(); });
  at("field").addEventListener("change", (event) => { state.field = Number(event.target.value); legend(); draw(); });
  at("axis").addEventListener("change", (event) => { state.axis = Number(event.target.value); arrange(); draw(); });
  at("slice").addEventListener("input", (event) => { state.slice = Number(event.target.value); draw(); });
  at("time").addEventListener("input", (event) => { still(); state.time = Number(event.target.value); draw(); });
  at("outline").addEventListener("change", draw);
  at("play").addEventListener("click", play);

  plane.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " ") {
      play();
    } else if (step && event.shiftKey) {
      const { rows, columns } = cut(), [row, column] = state.probe || [Math.floor(rows / 2), Math.floor(columns / 2)];
      state.probe = [bounded(row + step[0], rows), bounded(column + step[1], columns)];
      draw();
    } else if (step) {
      if (step[1]) { still(); state.time = bounded(state.time + step[1], site().days.length); }
      if (step[0]) state.slice = bounded(state.slice - step[0], site().shape[state.axis]);
      draw();
    } else {
      return;
    }
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!shown.bytes) return;
    const { rows, columns } = cut(), box = canvas.getBoundingClientRect();
    const row = Math.floor((rows * (event.clientY - box.top)) / box.height);
    const column = Math.floor((columns * (event.clientX - box.left)) / box.width);
    state.probe = [bounded(row, rows), bounded(column, columns)];
    paint();
    at("probe").textContent = reading();
  });
  canvas.addEventListener("pointerleave", () => { state.probe = null; if (shown.bytes) draw(); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { legend(); draw(); });

  at("viewer").hidden = false;
  options(at("site"), data.sites.map((one) => one.site), 0);
  at("for-site").hidden = data.sites.length < 2;
  state.time = data.sites[0].days.length - 1;
  enter(0);
  draw();
})();
