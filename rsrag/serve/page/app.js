"use strict";
// One screen over the service beside it. No address but its own is ever asked.
const at = (id) => document.getElementById(id);
const root = new URL("..", document.baseURI);
const KEY = "rsrag-key";
const state = {hits: [], asked: {}, next: null, box: null, like: {}, chosen: -1, marks: {}, sensors: {}};

const map = L.map("map", {crs: L.CRS.EPSG4326, minZoom: 0, maxZoom: 14, worldCopyJump: false});
map.setView([15, 10], 1);
map.attributionControl.setPrefix("Leaflet");
L.imageOverlay("earth.jpg", [[-90, -180], [90, 180]], {attribution: "NASA Blue Marble"}).addTo(map);
const drawn = L.layerGroup().addTo(map);
const found = L.layerGroup().addTo(map);
const cited = L.layerGroup().addTo(map);

function make(tag, more = {}, ...inner) {
  const node = document.createElement(tag);
  const {dataset, ...plain} = more;
  Object.assign(node, plain);
  Object.assign(node.dataset, dataset || {});
  node.append(...inner);
  return node;
}

function say(text, wrong = false) {
  at("status").textContent = text;
  at("status").classList.toggle("wrong", wrong);
}

async function call(path, body, accept) {
  const headers = accept ? {accept} : {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers["x-api-key"] = key;
  if (body) headers["content-type"] = "application/json";
  const method = body ? "POST" : "GET";
  const address = new URL(path, root);
  const answer = await fetch(address, {method, headers, body: body && JSON.stringify(body)});
  if (answer.status === 401 && await askKey()) return call(path, body, accept);
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({description: `status ${answer.status}`}));
  throw new Error([said.description, said.hint].filter(Boolean).join(" "));
}

function askKey() {
  const dialog = at("ask-key");
  if (!dialog.open) dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => {
    if (dialog.returnValue && at("key").value) sessionStorage.setItem(KEY, at("key").value.trim());
    done(Boolean(dialog.returnValue && at("key").value));
  }, {once: true}));
}

// With a key a picture cannot be the address of an <img>: addresses never hold keys.
async function pictureOf(item) {
  const asset = item.assets.thumbnail;
  if (!asset) return "";
  if (!sessionStorage.getItem(KEY)) return new URL(new URL(asset.href).pathname, root).href;
  const data = await (await call(asset.href)).blob();
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(data);
  });
}

function wanted() {
  const body = {limit: 20};
  const q = at("q").value.trim();
  if (q) body.q = [q];
  if (at("collection").value) body.collections = [at("collection").value];
  const [from, to] = [at("from").value, at("to").value];
  if (from || to) {
    body.datetime = `${from ? from + "T00:00:00Z" : ".."}/${to ? to + "T23:59:59Z" : ".."}`;
  }
  if (state.box) body.bbox = state.box;
  const parts = [];
  if (at("sensor").value) parts.push(`platform = '${at("sensor").value.replaceAll("'", "''")}'`);
  if (at("cloud").value) parts.push(`cloud_cover <= ${Number(at("cloud").value)}`);
  if (parts.length) body.filter = parts.join(" AND ");
  const like = Object.values(state.like);
  if (like.length) body.similar = like;
  return body;
}

async function search() {
  remember();
  forget();
  say("Searching …");
  try {
    state.asked = wanted();
    await show(await (await call("search", state.asked)).json());
    if (!state.hits.length) say("Nothing passes the filters. Clear some of them.");
  } catch (error) { say(error.message, true); }
}

function forget() {
  state.hits = []; state.chosen = -1; state.marks = {}; state.next = null;
  found.clearLayers(); cited.clearLayers();
  at("list").replaceChildren();
  at("welcome").hidden = true;
  at("answer").hidden = true; at("tools").hidden = true; at("refine").hidden = true;
}

async function show(page) {
  const before = state.hits.length;
  page.features.forEach((item) => { state.hits.push(item); addHit(item, state.hits.length - 1); });
  state.next = page.links.find((one) => one.rel === "next") || null;
  at("tools").hidden = !state.hits.length;
  at("more").hidden = !state.next;
  const ranked = state.hits[0] && "rsrag:score" in state.hits[0].properties;
  const much = page.numberMatched === undefined ? "" : ` of ${page.numberMatched.toLocaleString("en")}`;
  say(`${state.hits.length}${much} ${ranked ? "chips, best first" : "chips"}`);
  if (!before && found.getLayers().length) map.fitBounds(outlineBounds(found), {padding: [30, 30], maxZoom: 7});
}

function outlineBounds(group) {
  const bounds = L.latLngBounds([]);
  group.eachLayer((layer) => layer.getBounds && bounds.extend(layer.getBounds()));
  return bounds.isValid() ? bounds : L.latLngBounds([[-60, -170], [75, 170]]);
}

function addHit(item, number) {
  const facts = item.properties;
  const file = (facts["rsrag:source"] || item.id).split("/").pop();
  const name = facts["rsrag:place"] || file;
  const picture = make("img", {alt: "", width: 88, height: 88, loading: "lazy"});
  pictureOf(item).then((address) => { if (address) picture.src = address; }).catch(() => {});
  const when = facts.datetime && facts.datetime.slice(0, 10);
  const told = [when, facts.platform, facts.gsd && `${+facts.gsd.toPrecision(3)} m a pixel`, file, item.collection].filter(Boolean).join(" · ");
  const lines = make("div", {},
    make("p", {className: "name", textContent: `${number + 1}. ${name}`}),
    make("p", {className: "quiet about", textContent: told}), ...likeness(facts));
  const act = (text, label, does) => make("button", {type: "button", textContent: text, title: label, ariaLabel: `${label}: ${name}`, onclick: does});
  const plus = act("+ right", "Show more like it", () => mark(number, 1));
  const minus = act("− wrong", "Show less like it", () => mark(number, -1));
  [plus, minus].forEach((one) => one.setAttribute("aria-pressed", "false"));
  lines.append(make("p", {className: "acts"},
    act("More like this", "More like this", () => like(number)), plus, minus,
    make("a", {href: new URL(`collections/${item.collection}/items/${item.id}`, root).href, target: "_blank", rel: "noopener", textContent: "Details", title: "All that is known of it (STAC item)"})));
  const open = make("button", {type: "button", className: "open", ariaLabel: `Show ${name} on the map`, onclick: () => choose(number)}, picture);
  const row = make("li", {className: "hit"}, open, lines);
  at("list").append(row);
  if (!item.geometry || !item.bbox) return;
  const outline = L.geoJSON(item, {style: {color: "#ffb000", weight: 2, fillOpacity: 0.05}});
  outline.on("click", () => choose(number, false));
  outline.addTo(found);
  const [west, south, east, north] = item.bbox;
  if (west < east) {
    pictureOf(item).then((address) => {
      if (address && state.hits[number] === item) L.imageOverlay(address, [[south, west], [north, east]], {opacity: 0.9}).addTo(found);
    }).catch(() => {});
  }
}

// How likely it shows what was asked for; where that is not known, how alike it is.
function likeness(facts) {
  const [chance, score] = [facts["rsrag:probability"], facts["rsrag:score"]];
  if (score === undefined) return [];
  const known = chance !== undefined;
  const words = known ? `${chance < 0.01 ? "under 1" : chance > 0.99 ? "over 99" : Math.round(100 * chance)} % likely` : `similarity ${score.toFixed(3)}`;
  return [make("p", {className: "quiet", title: `similarity ${score.toFixed(3)}`},
    make("meter", {min: 0, max: 1, value: known ? chance : Math.max(0, score), ariaLabel: known ? "likely" : "similarity"}), ` ${words}`)];
}

function choose(number, fly = true) {
  if (!state.hits[number]) return;
  state.chosen = number;
  [...at("list").children].forEach((row, n) => row.classList.toggle("chosen", n === number));
  at("list").children[number].scrollIntoView({block: "nearest"});
  const box = state.hits[number].bbox;
  if (fly && box) map.flyToBounds([[box[1], box[0]], [box[3], box[2]]], {maxZoom: 9, duration: 0.6});
}

function chip(number, weight) {
  const {collection, id} = state.hits[number];
  return {collection, id, weight};
}

function like(number) {
  if (!state.hits[number]) return;
  const one = chip(number, 1);
  state.like = {[one.id]: one};
  at("q").value = "";
  search();
}

function mark(number, weight) {
  if (!state.hits[number]) return;
  state.marks[number] = state.marks[number] === weight ? 0 : weight;
  const [, plus, minus] = at("list").children[number].querySelectorAll(".acts button");
  plus.setAttribute("aria-pressed", String(state.marks[number] === 1));
  minus.setAttribute("aria-pressed", String(state.marks[number] === -1));
  at("refine").hidden = !Object.values(state.marks).some(Boolean);
}

function refine() {
  for (const [number, weight] of Object.entries(state.marks)) {
    if (weight) state.like[state.hits[number].id] = chip(number, weight * (weight > 0 ? 0.5 : 0.3));
  }
  search();
}

async function ask() {
  const question = at("q").value.trim();
  if (!question) { say("Type a question first.", true); return; }
  remember("ask");
  forget();
  say("Looking it up …");
  try {
    const body = {question};
    if (state.box) body.bbox = state.box;
    answered(await (await call("ask", body)).json());
  } catch (error) { say(error.message, true); }
}

function answered(told) {
  const text = make("p");
  for (const part of told.text.split(/(\[\d+\])/)) {
    const number = /^\[(\d+)\]$/.exec(part);
    text.append(number ? make("button", {type: "button", className: "cite", textContent: part, ariaLabel: `Show source ${number[1]}`, onclick: () => visit(told, Number(number[1]))}) : part);
  }
  const sources = make("ol");
  for (const one of told.citations) {
    sources.append(make("li", {value: one.number, textContent: [one.landmark, one.text, one.source, one.licence].filter(Boolean).join(" · ")}));
  }
  at("answer").replaceChildren(text, sources);
  at("answer").hidden = false;
  const placed = {type: "FeatureCollection", features: told.geojson.features.filter((one) => one.geometry)};
  L.geoJSON(placed, {style: {color: "#4da3ff", weight: 3}, pointToLayer: (_, place) => L.circleMarker(place, {radius: 8, color: "#4da3ff"})}).addTo(cited);
  if (placed.features.length) map.fitBounds(outlineBounds(cited), {maxZoom: 6});
  say(told.refused ? "Not known." : `Confidence ${told.confidence.toFixed(2)}`);
}

function visit(told, number) {
  const feature = told.geojson.features.find((one) => one.properties.citation === number && one.geometry);
  if (feature) map.flyToBounds(L.geoJSON(feature).getBounds(), {maxZoom: 7, duration: 0.6});
  else say("This source has no place.");
}

async function more() {
  if (!state.next) return;
  try { await show(await (await call("search", state.next.body)).json()); }
  catch (error) { say(error.message, true); }
}

function keep(file, data) {
  const link = make("a", {download: file, href: URL.createObjectURL(data)});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function save() {
  const text = JSON.stringify({type: "FeatureCollection", features: state.hits});
  keep("rsrag.geojson", new Blob([text], {type: "application/geo+json"}));
}

async function pack() {
  const before = at("status").textContent;
  say("Making the GeoPackage …");
  try {
    const body = {...state.asked, limit: Math.min(1000, state.hits.length)};
    keep("rsrag.gpkg", await (await call("search", body, "application/geopackage+sqlite3")).blob());
    say(before);
  } catch (error) { say(error.message, true); }
}

const FIELDS = ["q", "collection", "sensor", "from", "to", "cloud"];
function remember(kind = "search") {
  const kept = new URLSearchParams();
  FIELDS.forEach((id) => at(id).value && kept.set(id, at(id).value));
  if (state.box) kept.set("box", state.box.join(","));
  const like = Object.values(state.like);
  if (like.length) kept.set("like", JSON.stringify(like));
  if (kind === "ask") kept.set("ask", "1");
  history.replaceState(null, "", `#${kept}`);
}

function recall() {
  const kept = new URLSearchParams(location.hash.slice(1));
  FIELDS.forEach((id) => { if (kept.has(id)) at(id).value = kept.get(id); });
  const box = (kept.get("box") || "").split(",").map(Number);
  if (box.length === 4 && box.every(Number.isFinite)) setBox(box);
  try { JSON.parse(kept.get("like") || "[]").forEach((one) => { state.like[one.id] = one; }); } catch { /* no list */ }
  if (kept.has("ask")) ask(); else if ([...kept].length) search();
}

function setBox(box) {
  state.box = box;
  drawn.clearLayers();
  if (box) L.rectangle([[box[1], box[0]], [box[3], box[2]]], {color: "#fff", weight: 2, dashArray: "6", fill: false}).addTo(drawn);
}

let corner = null;
function drawing(on) {
  at("draw").setAttribute("aria-pressed", String(on));
  at("map").classList.toggle("drawing", on);
  map.dragging[on ? "disable" : "enable"]();
}
const rounded = (a, b) => [Math.min(a.lng, b.lng), Math.min(a.lat, b.lat), Math.max(a.lng, b.lng), Math.max(a.lat, b.lat)].map((v, n) => +Math.max(n % 2 ? -90 : -180, Math.min(n % 2 ? 90 : 180, v)).toFixed(4));
map.on("mousedown", (event) => { if (at("draw").getAttribute("aria-pressed") === "true") corner = event.latlng; });
map.on("mousemove", (event) => { if (corner) setBox(rounded(corner, event.latlng)); });
map.on("mouseup", (event) => {
  if (!corner) return;
  const box = rounded(corner, event.latlng);
  corner = null;
  drawing(false);
  if (box[0] < box[2] && box[1] < box[3]) { setBox(box); if (at("q").value || state.hits.length) search(); } else setBox(null);
});

// What may be tried, for who sees the page for the first time.
function examples() {
  const one = (text, does) => make("button", {type: "button", textContent: text, onclick: () => { at("q").value = text; does(); }});
  at("examples").append(
    ...["white snow and ice", "a yellow desert", "islands in a blue sea"].map((text) => one(text, anew)),
    one("How deep is Lake Baikal?", ask));
}

function anew() { state.like = {}; search(); }

function clearAll() {
  FIELDS.forEach((id) => { at(id).value = ""; });
  state.like = {};
  setBox(null); drawing(false); forget();
  history.replaceState(null, "", "#");
  say("");
  at("welcome").hidden = false;
  at("q").focus();
}

at("form").addEventListener("submit", (event) => { event.preventDefault(); anew(); });
at("ask").addEventListener("click", ask);
at("draw").addEventListener("click", () => drawing(at("draw").getAttribute("aria-pressed") !== "true"));
at("clear").addEventListener("click", clearAll);
at("more").addEventListener("click", more);
at("refine").addEventListener("click", refine);
at("save").addEventListener("click", save);
at("pack").addEventListener("click", pack);
at("share").addEventListener("click", () => navigator.clipboard.writeText(location.href).then(() => say("The link is copied."), () => say(location.href)));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !at("ask-key").open) return clearAll();
  if (event.target.closest("input, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  const does = {"/": () => at("q").focus(), j: () => choose(state.chosen + 1), k: () => choose(state.chosen - 1), m: () => like(state.chosen), "+": () => mark(state.chosen, 1), "-": () => mark(state.chosen, -1)}[event.key];
  if (does) { event.preventDefault(); does(); }
});

async function start() {
  try {
    const all = await (await call("collections")).json();
    const sensors = new Set();
    for (const one of all.collections) {
      at("collection").append(make("option", {value: one.id, textContent: `${one.id} (${one["rsrag:chips"].toLocaleString("en")})`}));
      ((one.summaries || {}).platform || []).forEach((name) => sensors.add(name));
    }
    [...sensors].sort().forEach((name) => at("sensor").append(make("option", {value: name, textContent: name})));
    if (!all.collections.length) say("There are no pictures yet. rsrag index build FOLDER --name NAME makes an index of a folder.", true);
    const chips = all.collections.reduce((sum, one) => sum + one["rsrag:chips"], 0);
    at("there").textContent = `${chips.toLocaleString("en")} pictures in ${all.collections.length} ${all.collections.length === 1 ? "collection" : "collections"}.`;
  } catch (error) { say(error.message, true); }
  recall();
}
examples();
start();
