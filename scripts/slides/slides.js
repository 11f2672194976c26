// 넘치는 슬라이드는 줄이고, 지금 어느 절인지 아래에 적습니다.
const SMALLEST = 0.5 // 이보다 줄이면 뒷자리에서 읽을 수 없으므로, 대신 그 안에서 밉니다.

function fit() {
  const slide = Reveal.getCurrentSlide()
  const { width, height } = Reveal.getConfig()
  slide.style.zoom = 1
  slide.style.overflow = 'visible'
  // 찍힌 표는 줄이 꺾이면 읽을 수 없으므로 꺾지 않고 줄입니다. 긴 문장은 꺾습니다.
  for (const printed of slide.querySelectorAll('.jp-RenderedText pre')) {
    printed.style.whiteSpace = 'pre'
    if (printed.scrollWidth > 1.5 * width) printed.style.whiteSpace = 'pre-wrap'
  }
  const needed = Math.min(height / slide.scrollHeight, width / slide.scrollWidth)
  if (needed < 1) slide.style.zoom = Math.max(needed, SMALLEST)
  if (needed < SMALLEST) Object.assign(slide.style, { overflow: 'auto', height: `${height / SMALLEST}px` })
  const heading = (slide.parentElement.closest('section') ?? slide).querySelector('h1, h2')
  document.querySelector('.lesson-place').textContent = heading?.textContent ?? ''
  Reveal.layout()
}

Reveal.initialize({
  width: 1280, height: 720, margin: 0.03, hash: true, slideNumber: 'c/t', transition: 'none', plugins: [RevealNotes],
}).then(async () => {
  await MathJax.startup.promise
  await MathJax.typesetPromise()
  fit()
  Reveal.on('slidechanged', fit)
  document.addEventListener('toggle', fit, true) // 힌트와 답을 펼치고 접을 때
  document.body.dataset.ready = 'true'
})
