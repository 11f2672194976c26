// 눌러 보기: 강의에서 학습한 신경망(network.js)을 쪽 안에서 돌립니다. class="play"인 자리마다 data-play가 가리키는
// 것을 엽니다. 가중치는 그 자리가 화면에 가까워질 때 읽습니다. 쓴 글과 그린 그림은 이 컴퓨터를 떠나지 않습니다.
"use strict"
const HERE = document.currentScript.src.replace(/[^/]*$/, "")
const SIDE = 32, CONFIDENT = 0.8 // 그림의 한 변(픽셀), 물음표를 붙이지 않는 리더의 확신
const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
const FINALS = ["", ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
// 배우지 않은 초성과 중성 → 그 앞부분. 여기에 없는 것은 모두 배웠습니다.
const FIRST_PART = {
  ㄲ: "ㄱ", ㄸ: "ㄷ", ㅃ: "ㅂ", ㅆ: "ㅅ", ㅉ: "ㅈ", ㅐ: "ㅏ", ㅒ: "ㅑ", ㅔ: "ㅓ", ㅖ: "ㅕ",
  ㅘ: "ㅗ", ㅙ: "ㅗ", ㅚ: "ㅗ", ㅝ: "ㅜ", ㅞ: "ㅜ", ㅟ: "ㅜ", ㅢ: "ㅡ",
}

/** 표준정규분포에서 뽑은 수 `count`개(Box와 Muller 1958) */
const normals = count => Float32Array.from({length: count}, () =>
  Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()))
const pick = list => list[Math.floor(Math.random() * list.length)]
const clamp = (value, low, high) => Math.min(high, Math.max(low, value))
const percent = share => share < 0.01 ? "1% 미만" : `${Math.min(99, Math.round(100 * share))}%`
const compose = (initial, vowel, final) => String.fromCharCode(0xac00 + (initial * 21 + vowel) * 28 + final)
const button = ([name, words]) => `<button type="button" data-is="${name}">${words}</button>`
const buttons = names => Object.entries(names).map(button).join("")

/** 자리에 HTML을 넣고, data-is로 이름 붙인 것들을 돌려줍니다. */
function fill(place, html) {
  place.innerHTML = html
  return Object.fromEntries([...place.querySelectorAll("[data-is]")].map(each => [each.dataset.is, each]))
}

/** 여러 번 불러도 다음 화면에 한 번만 하는 `work` */
function once(work) {
  let waiting = false
  return () => {
    if (!waiting) requestAnimationFrame(() => { waiting = false; work() })
    waiting = true
  }
}

/** 그림들(값은 [-1, 1])을 `canvas`에 옆으로 나란히 */
function paint(canvas, pictures) {
  Object.assign(canvas, {width: SIDE * pictures.length, height: SIDE})
  const context = canvas.getContext("2d")
  pictures.forEach((picture, k) => {
    const image = context.createImageData(SIDE, SIDE)
    picture.forEach((value, i) => image.data.fill(Math.round((value + 1) * 127.5), 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4))
    context.putImageData(image, SIDE * k, 0)
  })
}

/** 한글 리더가 읽은 글자와 보정한 확신(gan_lesson/metrics/hangul_reader.py와 같은 식) */
function read(reader, picture) {
  const logits = reader.run(picture, SIDE), {heads, calibration: [scale, offset]} = reader.record
  const found = []
  let start = 0, log = -Math.log1p(Math.exp(-logits[logits.length - 1])) // 글자일 확률의 로그
  for (const classes of heads) {
    const scores = logits.subarray(start, start += classes), best = Math.max(...scores)
    found.push(scores.indexOf(best))
    log -= Math.log(scores.reduce((sum, score) => sum + Math.exp(score - best), 0))
  }
  const raw = clamp(Math.exp(log), 1e-6, 1 - 1e-6), sure = 1 / (1 + Math.exp(-scale * Math.log(raw / (1 - raw)) - offset))
  return {letter: compose(...found), sure, words: `${compose(...found)}${sure < CONFIDENT ? "?" : ""} ${percent(sure)}`}
}

// ── 1. 내 이름 쓰기 ──
const MOST = 8, ROWS = 3 // 한 줄의 글자 수, 줄의 수
/** 쓴 글에서 {wanted: 만들 글자의 (초성, 중성) 번호들, shown: 그 글자들, note: 그대로 쓰지 못한 이유} */
function plan(text) {
  const wanted = [], changed = new Set(), foreign = new Set(), unfinished = new Set()
  let shown = "", rest = 0
  for (const letter of text.normalize("NFC").replace(/[\s\p{M}\p{Cf}\p{Emoji_Modifier}]/gu, "")) {
    const code = letter.charCodeAt(0) - 0xac00
    if (/[ㄱ-ㅣ]/.test(letter)) unfinished.add(letter)
    else if (!/[가-힣]/.test(letter)) foreign.add(letter)
    else if (wanted.length === MOST) rest++
    else {
      const initial = INITIALS[Math.floor(code / 588)], vowel = VOWELS[Math.floor(code / 28) % 21], final = FINALS[code % 28]
      const pair = [INITIALS.indexOf(FIRST_PART[initial] || initial), VOWELS.indexOf(FIRST_PART[vowel] || vowel)]
      const unknown = [initial, vowel].filter(part => FIRST_PART[part]).concat(final ? `받침 ${final}` : [])
      if (unknown.length) changed.add(`${letter} → ${compose(...pair, 0)}(${unknown.join(", ")})`)
      wanted.push(pair)
      shown += compose(...pair, 0)
    }
  }
  const notes = [
    [changed.size, `배우지 않은 것이 있어 비슷하게 씁니다: ${[...changed].join(" · ")}.`],
    [foreign.size, `한글이 아니라 쓸 수 없는 것: ${[...foreign].join(" ")}.`],
    [unfinished.size, `아직 글자가 아닌 것: ${[...unfinished].join(" ")}.`],
    [rest, `앞의 ${MOST}글자만 씁니다.`],
    [!wanted.length, "한글을 한 글자 이상 써 보세요."],
  ]
  return {wanted, shown, note: notes.filter(([is]) => is).map(([, words]) => words).join(" ")}
}

function openWord(place, writer) {
  const part = fill(place, `
    <label class="play-wide"><b>이름이나 낱말을 써 보세요.</b> 받침이 없는 글자만 배웠습니다.
      <input type="text" data-is="text" value="우리나라" autocomplete="off" spellcheck="false"></label>
    <p class="play-note" data-is="note" aria-live="polite"></p>
    <div class="play-rows">${"<canvas role='img'></canvas>".repeat(ROWS)}</div>
    <div class="play-bar">${buttons({again: "새 z로 다시 쓰기"})}
      <label>z의 몫 <input type="range" data-is="share" min="0" max="3" step="0.25" value="1"> <output data-is="amount"></output></label></div>
    <p class="play-small">줄마다 z가 달라 굵기와 크기와 기울기가 다릅니다. z의 몫이 0배면 세 줄이 같아지고, 1배는 학습할 때와 같고, 더 키우면 글씨가 흐트러집니다. 11의 신경망이 z를 무시하지 않도록 항 하나(Mao 2019의 모드 추구)를 더해 학습했습니다.</p>`)
  const {nz} = writer.record, {initial, vowel} = writer.tables
  const canvases = [...place.querySelectorAll("canvas")]
  let hands = []
  const draw = once(() => {
    const {wanted, shown, note} = plan(part.text.value), share = Number(part.share.value)
    part.note.textContent = note || "모두 배운 글자입니다."
    part.amount.textContent = `${share}배`
    canvases.forEach((canvas, row) => {
      canvas.hidden = !wanted.length
      canvas.style.maxWidth = `${5 * wanted.length}rem`
      canvas.setAttribute("aria-label", `생성자가 쓴 ${shown}, ${row + 1}째 줄`)
      // 생성자의 입력은 z와 초성의 벡터와 중성의 벡터를 이어 붙인 것입니다.
      const z = hands[row].map(value => value * share)
      paint(canvas, wanted.map(([i, v]) => writer.run(Float32Array.of(...z, ...initial[i], ...vowel[v]), 1)))
    })
  })
  const again = () => { hands = canvases.map(() => normals(nz)); draw() }
  part.again.addEventListener("click", again)
  part.text.addEventListener("input", draw)
  part.share.addEventListener("input", draw)
  again()
}

// ── 2. z를 움직이기 ──
/** 학습할 때와 같은 분포의 z. 중심이 있으면 그 가운데 하나의 가까이에서 뽑습니다. */
function drawZ(walker) {
  const noise = normals(walker.layers[0].inputs), {spread} = walker.record
  if (!walker.tables.centres) return noise
  const centre = pick(walker.tables.centres)
  return noise.map((value, i) => Math.sqrt(1 - spread * spread) * centre[i] + spread * value)
}

/** 두 벡터 사이의 구면 보간(09b) */
function slerp(start, end, share) {
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0)
  const angle = Math.acos(dot(start, end) / Math.sqrt(dot(start, start) * dot(end, end)))
  const [a, b] = [Math.sin((1 - share) * angle), Math.sin(share * angle)]
  return start.map((value, i) => (a * value + b * end[i]) / Math.sin(angle))
}

function openWalk(place, walker, reader) {
  const about = walker.tables.centres
    ? "이 생성자는 정해진 중심들의 가까이에서 뽑은 z로만 배웠습니다. 두 중심의 사이는 배운 적이 없어 글자가 무너지기 쉽습니다."
    : "z는 모두 한 구름(표준정규분포)에서 뽑습니다. 사이의 z도 글자를 닮은 그림이 되지만, 모두 읽히지는 않습니다."
  const part = fill(place, `
    <p><b>막대를 밀어 보세요.</b> 두 z 사이를 지나며 글자가 바뀝니다.</p>
    <div class="play-big"><canvas role="img" data-is="big"></canvas><p data-is="words"></p></div>
    <label class="play-wide">A와 B 사이의 자리 <input type="range" data-is="where" min="0" max="1" step="0.01" value="0.5"></label>
    <div class="play-nine">${`<button type="button"><canvas aria-hidden="true"></canvas><span></span></button>`.repeat(9)}</div>
    <div class="play-bar">${buttons({newA: "A를 새로 뽑기", newB: "B를 새로 뽑기"})}</div>
    <p class="play-small">글자와 %는 한글 리더가 읽은 것과 확신입니다. 80%보다 낮으면 물음표를 붙입니다. ${about}</p>`)
  const steps = [...place.querySelectorAll(".play-nine button")]
  const ends = {newA: drawZ(walker), newB: drawZ(walker)}
  function make(canvas, share) {
    const picture = walker.run(slerp(ends.newA, ends.newB, share), 1)
    paint(canvas, [picture])
    return read(reader, picture).words
  }
  const drawBig = once(() => {
    const words = make(part.big, Number(part.where.value))
    part.words.textContent = `리더: ${words}`
    part.big.setAttribute("aria-label", `만든 그림. 리더: ${words}`)
    part.where.setAttribute("aria-valuetext", `${part.where.value}, 리더: ${words}`)
  })
  const drawNine = once(() => steps.forEach((step, k) => {
    const words = make(step.firstChild, k / 8)
    step.lastChild.textContent = `${{0: "A ", 8: "B "}[k] || ""}${words}`
    step.setAttribute("aria-label", `자리 ${k / 8}: ${words}`)
  }))
  steps.forEach((step, k) => step.addEventListener("click", () => { part.where.value = k / 8; drawBig() }))
  for (const end of Object.keys(ends)) part[end].addEventListener("click", () => { ends[end] = drawZ(walker); drawBig(); drawNine() })
  part.where.addEventListener("input", drawBig)
  drawBig()
  drawNine()
}

// ── 3. 그려서 D를 속이기 ──
const PEN = 1.2, EDGE = 7 // 펜의 반지름(픽셀), 눈금의 끝에서의 로짓
/** `board`에 (x0, y0)에서 (x1, y1)까지 가장자리가 매끄러운 획을 긋습니다. 값은 바탕이 -1, 획이 1입니다. */
function stroke(board, x0, y0, x1, y1, erase) {
  const [dx, dy] = [x1 - x0, y1 - y0], length = dx * dx + dy * dy || 1
  for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) {
    const along = clamp(((x - x0) * dx + (y - y0) * dy) / length, 0, 1)
    const far = Math.hypot(x - x0 - along * dx, y - y0 - along * dy)
    const ink = 2 * clamp(PEN + 0.5 - far, 0, 1) - 1, i = y * SIDE + x
    board[i] = erase ? Math.min(board[i], -ink) : Math.max(board[i], ink)
  }
}

/** 1, 2, 1의 비로 이웃과 섞어 흐리게. 가로와 세로로 한 번씩 */
function blurred(board) {
  const mix = (values, step) => values.map((value, i) => {
    const at = Math.floor(i / step) % SIDE
    return (2 * value + values[at > 0 ? i - step : i] + values[at < SIDE - 1 ? i + step : i]) / 4
  })
  return mix(mix(board, 1), SIDE)
}

/** D의 답(`share`)과 리더의 확신(`sure`)을 함께 말하면 */
function verdict(share, sure) {
  if (share > 0.5) return `D가 진짜라고 합니다. ${sure < CONFIDENT ? "읽을 수 없는 그림인데도 그렇습니다." : "글자로도 읽힙니다."}`
  if (sure < CONFIDENT) return "D가 가짜라고 합니다. 글자로도 읽히지 않습니다."
  return "글자로 읽히는데도 D는 가짜라고 합니다. D는 뜻이 아니라 획의 굵기와 가장자리 같은 생김새를 봅니다."
}

function openFool(place, judge, reader) {
  const part = fill(place, `
    <p><b>판에 그려서 D의 답을 50% 위로 올려 보세요.</b> 글자가 아니어도 됩니다.</p>
    <div class="play-two"><div>
      <div class="play-board"><canvas data-is="board" tabindex="0" role="application" aria-label="그림판. 화살표로 옮기고, 스페이스로 찍고, Shift와 화살표로 긋습니다."></canvas><i data-is="cursor" hidden></i></div>
      <div class="play-bar">${buttons({pen: "펜", eraser: "지우개", undo: "되돌리기"})}</div></div>
    <div>
      <p class="play-answer">D의 답: 진짜일 확률 <output data-is="share"></output></p>
      <div class="play-meter" role="meter" aria-label="D의 답" aria-valuemin="0" aria-valuemax="100" data-is="meter"><b></b></div>
      <p class="play-marks" aria-hidden="true"><span>가짜</span><span>50%</span><span>진짜</span></p>
      <p class="play-answer">리더: <output data-is="words"></output></p>
      <p class="play-verdict" data-is="verdict" aria-live="polite"></p>
      <div class="play-bar" role="group" aria-label="무엇에서 시작할지">${buttons({blank: "빈 판", real: "진짜 글자", made: "만든 글자"})}</div>
      <div class="play-bar" role="group" aria-label="그림 바꾸기">${buttons({flip: "좌우 뒤집기", blur: "흐리게"})}</div>
    </div></div>
    <p class="play-small">자판으로도 그립니다: 판을 고르고 화살표로 옮기고, 스페이스로 찍고, Shift+화살표로 긋습니다.</p>`)
  const from = name => {
    const bytes = bytesOf(judge.record.pictures[name]), area = SIDE * SIDE
    const start = area * Math.floor(Math.random() * bytes.length / area)
    return Float32Array.from(bytes.subarray(start, start + area), value => value / 127.5 - 1)
  }
  let board = from("made"), before = [], erase = false, last = null, x = 16, y = 16
  const show = once(() => {
    paint(part.board, [board])
    const [share] = judge.run(board, SIDE), reading = read(reader, board)
    const logit = Math.log(clamp(share, 1e-9, 1 - 1e-9) / clamp(1 - share, 1e-9, 1)) // 눈금이 로짓이라 작은 확률도 보입니다.
    part.meter.firstChild.style.width = `${100 * clamp(0.5 + logit / EDGE / 2, 0, 1)}%`
    part.meter.setAttribute("aria-valuenow", Math.round(100 * share))
    part.share.textContent = percent(share)
    part.words.textContent = reading.words
    if (!last) part.verdict.textContent = verdict(share, reading.sure) // 긋는 동안에는 말하지 않습니다.
    part.pen.setAttribute("aria-pressed", !erase)
    part.eraser.setAttribute("aria-pressed", erase)
    part.undo.disabled = !before.length
    Object.assign(part.cursor.style, {left: `${x / SIDE * 100}%`, top: `${y / SIDE * 100}%`})
  })
  const keep = () => { before = [...before.slice(-30), board.slice()] }
  const on = (name, work) => part[name].addEventListener("click", () => { work(); show() })
  const change = (name, make) => on(name, () => { keep(); board = make() })
  on("pen", () => { erase = false })
  on("eraser", () => { erase = true })
  on("undo", () => { board = before.pop() })
  change("blank", () => board.map(() => -1))
  change("real", () => from("real"))
  change("made", () => from("made"))
  change("flip", () => board.map((_, i) => board[i - i % SIDE + SIDE - 1 - i % SIDE]))
  change("blur", () => blurred(board))

  function draw(event) {
    const box = part.board.getBoundingClientRect()
    const to = [event.clientX - box.left, event.clientY - box.top].map(at => at / box.width * SIDE - 0.5)
    stroke(board, ...(last || to), ...to, erase)
    last = to
    show()
  }
  part.board.addEventListener("pointerdown", event => { part.board.setPointerCapture(event.pointerId); keep(); draw(event) })
  part.board.addEventListener("pointermove", event => { if (last) draw(event) })
  part.board.addEventListener("lostpointercapture", () => { last = null; show() })
  part.board.addEventListener("keydown", event => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], " ": [0, 0]}[event.key]
    if (!step) return
    event.preventDefault() // 쪽이 함께 밀리지 않게
    const to = [clamp(x + step[0], 0, SIDE - 1), clamp(y + step[1], 0, SIDE - 1)]
    if (event.key === " " || event.shiftKey) { keep(); stroke(board, x, y, ...to, erase) }
    [x, y] = to
    part.cursor.hidden = false
    show()
  })
  part.board.addEventListener("focus", () => { part.cursor.hidden = !part.board.matches(":focus-visible") })
  part.board.addEventListener("blur", () => { part.cursor.hidden = true })
  show()
}

// ── 자리마다 열기 ──
const PARTS = {word: [openWord, "writer"], walk: [openWalk, "walker", "reader"], fool: [openFool, "judge", "reader"]}
const networks = {}

/** 이름의 신경망. 파일로 연 쪽도 읽을 수 있게 스크립트로 읽습니다. */
function load(name) {
  networks[name] = networks[name] || new Promise((resolve, reject) => {
    const script = document.createElement("script")
    Object.assign(script, {onload: resolve, onerror: reject, src: `${HERE}${name}.js`})
    document.head.append(script)
  }).then(() => new Network(window.NETWORKS[name]))
  return networks[name]
}

for (const place of document.querySelectorAll(".play")) {
  const [open, ...needed] = PARTS[place.dataset.play], words = place.querySelector("p"), sorry = words.textContent
  new IntersectionObserver((seen, watcher) => {
    if (!seen.some(each => each.isIntersecting)) return
    watcher.disconnect()
    words.textContent = "신경망을 읽는 중입니다."
    Promise.all(needed.map(load)).then(found => open(place, ...found)).catch(() => { words.textContent = sorry })
  }, {rootMargin: "800px"}).observe(place)
}
