/*
 * What the pages of reports share. A page draws a run's body in drawBody(),
 * which leaves run.diffs, the places to jump to; it gives each run its kind
 * and whether it differs, and then calls begin().
 */
const parse = (id) => JSON.parse(document.getElementById(id).textContent);
const runs = parse("data"), about = parse("about");

function make(tag, name, text) {
	const e = document.createElement(tag);
	if (name)
		e.className = name;
	if (text !== undefined)
		e.textContent = text;
	return e;
}

function fact(body, label, text) {
	if (!text)
		return;
	const p = make("p");
	p.append(make("span", "dim", label + " "), make("code", "", text));
	body.append(p);
}

/* A field whose words must all be in what stays: apply() with a test. */
function searchField(placeholder, label, apply) {
	const q = make("input");
	q.type = "search";
	q.placeholder = placeholder;
	q.setAttribute("aria-label", label);
	q.addEventListener("input", apply);
	return q;
}

function hasWords(q) {
	const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
	return (text) => words.every((w) => text.includes(w));
}

function button(name, text, pressed, act) {
	const b = make("button", name, text);
	b.type = "button";
	b.setAttribute("aria-pressed", String(pressed));
	b.addEventListener("click", () => {
		const on = b.getAttribute("aria-pressed") !== "true";
		b.setAttribute("aria-pressed", String(on));
		act(on);
	});
	return b;
}

/* A run's line; its cells behind the number. */
function drawSummary(run, ...cells) {
	const d = make("details"), s = make("summary");
	d.id = "run-" + run.number;
	s.append(make("span", "n", run.number), ...cells);
	d.append(s);
	d.addEventListener("toggle", () => show(run));
	run.element = d;
	return d;
}

/* Its body is drawn when it is first looked at. */
function show(run) {
	if (run.element.open && !run.body)
		drawBody(run);
}

function open(run) {
	run.element.hidden = false;
	run.element.open = true;
	show(run);
}

/* ---- divergences ---- */

let current = null;

function jump(run, nth) {
	open(run);
	const target = run.diffs[nth] || run.element;
	target.hidden = false;
	current = [run, nth];
	target.scrollIntoView({block: "center"});
	target.focus({preventScroll: true});
}

function jumpNext() {
	if (current && current[1] + 1 < current[0].diffs.length)
		return jump(current[0], current[1] + 1);
	const from = current ? runs.indexOf(current[0]) + 1 : 0;
	const next = runs.slice(from).find((r) => r.differs) ||
		runs.find((r) => r.differs);
	if (next)
		jump(next, 0);
}

function listen(q) {
	const first = document.getElementById("jump");
	const next = document.getElementById("next");
	first.disabled = next.disabled = !runs.some((r) => r.differs);
	next.addEventListener("click", jumpNext);
	first.addEventListener("click", () => {
		current = null;
		jumpNext();
	});
	q.addEventListener("input", filter);
	document.addEventListener("keydown", (e) => {
		if (e.key === "n" && !/INPUT/.test(e.target.tagName) &&
			!e.ctrlKey && !e.metaKey && !e.altKey)
			jumpNext();
	});
}

/* ---- the page ---- */

const wanted = new Set();

function filter() {
	const fits = hasWords(document.getElementById("q"));
	for (const run of runs)
		run.element.hidden = (wanted.size > 0 && !wanted.has(run.kind)) ||
			!fits(run.text);
}

/* kinds: class, words and colour of each that a run can be, in order. */
function drawChips(kinds) {
	const chips = document.getElementById("chips");
	const sums = document.getElementById("sums"), said = [];
	for (const [kind, words, colour] of kinds) {
		const n = runs.filter((r) => r.kind === kind).length;
		const bar = make("span");
		if (!n)
			continue;
		const b = button(kind, n + " " + words, false, (on) => {
			if (on)
				wanted.add(kind);
			else
				wanted.delete(kind);
			filter();
		});
		b.dataset.verdict = kind;
		chips.append(b);
		bar.style.flex = n;
		bar.style.background = "var(--" + colour + ")";
		sums.append(bar);
		said.push(b.textContent);
	}
	sums.setAttribute("aria-label", said.join(", "));
}

/* verdict: its words and class; command: of ec21hil; what: was run, and how. */
function begin(verdict, command, what, kinds, drawRun) {
	const top = document.getElementById("verdict");
	[top.textContent, top.className] = verdict;
	document.title = verdict[0] + ", ec21hil " + command;
	document.getElementById("meta").textContent = what[0] + ", " +
		about.time.replace("T", " ").replace("Z", " UTC") +
		", ec21hil " + about.version + (what[1] || "");
	document.getElementById("runs").append(...runs.map(drawRun));
	drawChips(kinds);
	listen(document.getElementById("q"));
	/* What differs is open, so that a print has it; one alone is, too. */
	const opened = runs.filter((r) => r.differs || runs.length === 1);
	for (const run of opened.slice(0, 10))
		open(run);
	const named = runs.find((r) => "#run-" + r.number === location.hash);
	if (named) {
		open(named);
		named.element.scrollIntoView();
	}
}
