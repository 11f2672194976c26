// 녹화한 학습을 단추와 막대로 넘겨 봅니다. 장면은 미리 그려 둔 SVG의 조각들이고(scripts/assets/replays.py),
// 여기서는 조각을 이어 보여 주기만 합니다. 이 파일이 없어도 첫 장면과 그 글은 쪽에 있습니다.
"use strict"
const SCENE_MS = 1500
const STACK_BELOW = 500 // 이보다 좁은 자리(픽셀)에서는 그림의 두 칸을 위아래로 놓습니다.

for (const place of document.querySelectorAll(".replay")) {
  const tape = (window.REPLAYS || {})[place.dataset.replay]
  if (!tape) continue
  const part = name => place.querySelector(".replay-" + name)
  const picture = part("picture"), words = part("words"), slider = part("slider"), count = part("count")
  const hint = part("hint")
  const [first, back, next, play] = part("steps").querySelectorAll("button")
  const chapters = [...part("chapters").querySelectorAll("button")]
  const last = tape.frames.length - 1
  let now = 0, timer = null, stacked = false

  function show(number) {
    now = Math.max(0, Math.min(last, number))
    const frame = tape.frames[now]
    const drawing = frame.parts.map(i => tape.parts[i]).join("")
    picture.innerHTML = stacked ? tape.columns.map(box => drawing.replace(/viewBox="[^"]*"/, `viewBox="${box.join(" ")}"`)).join("") : drawing
    // 나뉜 그림의 설명은 한 번만 읽습니다.
    for (const rest of picture.querySelectorAll(":scope > svg + svg")) rest.setAttribute("aria-hidden", "true")
    words.replaceChildren(...frame.words.map(text => {
      const line = document.createElement("p")
      line.textContent = text
      return line
    }))
    slider.value = now
    slider.setAttribute("aria-valuetext", frame.words[0])
    count.textContent = `장면 ${now + 1} / ${last + 1}`
    first.disabled = back.disabled = now === 0
    next.disabled = now === last
    const chapter = tape.chapters.filter(each => each.first <= now).length - 1
    chapters.forEach((button, i) => button.setAttribute("aria-pressed", i === chapter))
    if (now === last) stop()
  }

  function stop() {
    clearInterval(timer)
    timer = null
    play.textContent = "재생"
    words.setAttribute("aria-live", "polite")
  }

  function start() {
    if (now === last) show(0)
    timer = setInterval(() => show(now + 1), SCENE_MS)
    play.textContent = "멈춤"
    words.setAttribute("aria-live", "off") // 재생하는 동안 장면마다 읽으면 끝까지 들을 수 없습니다.
  }

  const turn = (button, number) => button.addEventListener("click", () => { stop(); show(number()) })
  turn(first, () => 0)
  turn(back, () => now - 1)
  turn(next, () => now + 1)
  chapters.forEach((button, i) => turn(button, () => tape.chapters[i].first))
  play.addEventListener("click", () => timer ? stop() : start())
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)) })
  part("controls").hidden = false
  show(0)
  // 화면을 돌리면 너비가 달라집니다.
  new ResizeObserver(() => {
    const narrow = Boolean(tape.columns) && picture.clientWidth < STACK_BELOW
    if (narrow !== stacked) {
      stacked = narrow
      picture.classList.toggle("replay-stacked", stacked)
      show(now)
    }
    hint.hidden = picture.scrollWidth <= picture.clientWidth
  }).observe(picture)
}
