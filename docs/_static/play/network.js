// 학습한 신경망을 브라우저에서 돌립니다. 층은 셋뿐입니다: conv는 합성곱, up은 전치 합성곱, pool은 2×2 최대 풀링. 크기가 1인
// 입력의 1×1 합성곱은 선형 층이고, 배치 정규화는 내보낼 때 앞 층에 접어 두었습니다(scripts/assets/play.py). 특징 맵은
// (높이, 너비, 채널) 차례로 늘어놓습니다. 채널이 맨 안쪽이면 가장 안쪽의 반복이 이웃한 가중치를 차례로 읽어 빠릅니다.
"use strict"
const ACTIVATIONS = {
  none: x => x,
  relu: x => x > 0 ? x : 0,
  leaky: x => x > 0 ? x : 0.2 * x,
  tanh: Math.tanh,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
}

/** base64 글 → 바이트 */
function bytesOf(text) {
  const letters = atob(text)
  return new Uint8Array(letters.length).map((_, i) => letters.charCodeAt(i))
}

/** 16비트 소수(부호 1비트, 지수 5비트, 가수 10비트) 65,536개의 값 */
const HALVES = Float32Array.from({length: 65536}, (_, half) => {
  const exponent = (half >> 10) & 31, fraction = half & 1023
  const size = exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction
  return half & 0x8000 ? -size : size
})

/** 16비트 소수들(작은 자리의 바이트가 먼저)을 Float32Array로 */
function halfFloats(bytes) {
  return new Float32Array(bytes.length / 2).map((_, i) => HALVES[bytes[2 * i] | bytes[2 * i + 1] << 8])
}

class Network {
  /** `record`: {layers: 층마다의 모양, tables: 이름 → [줄, 칸], data: 모든 수의 base64} */
  constructor(record) {
    this.record = record
    const numbers = halfFloats(bytesOf(record.data))
    let read = 0
    const take = count => numbers.subarray(read, read += count)
    this.layers = record.layers.map(layer => layer.type === "pool" ? layer : {
      ...layer,
      weight: take(layer.kernel * layer.kernel * layer.inputs * layer.outputs), // (세로, 가로, 입력 채널, 출력 채널)
      bias: take(layer.outputs),
    })
    this.tables = {}
    for (const [name, [rows, width]] of Object.entries(record.tables)) {
      this.tables[name] = Array.from({length: rows}, () => take(width))
    }
  }

  /** `values`는 한 변이 `size`인 입력. 마지막 층의 출력을 돌려줍니다. */
  run(values, size) {
    for (const layer of this.layers) {
      [values, size] = layer.type === "pool" ? pool(values, size) : convolve(layer, values, size)
    }
    return values
  }
}

/** 합성곱과 전치 합성곱. 입력의 점 하나가 출력의 어디에 더해지는지만 서로 반대입니다. */
function convolve({type, kernel, stride, padding, inputs, outputs, activation, weight, bias}, values, size) {
  const up = type === "up"
  const side = up ? (size - 1) * stride + kernel - 2 * padding : (size + 2 * padding - kernel) / stride + 1
  const result = new Float32Array(side * side * outputs)
  for (let at = 0; at < result.length; at += outputs) result.set(bias, at)
  // 입력의 i번째 줄이 커널의 k번째 줄을 지나 닿는 출력의 줄. 닿지 않으면 -1
  const reach = (i, k) => {
    const to = up ? i * stride - padding + k : (i + padding - k) / stride
    return Number.isInteger(to) && to < side ? to : -1
  }
  for (let y = 0; y < size; y++) for (let ky = 0; ky < kernel; ky++) {
    const toY = reach(y, ky)
    if (toY < 0) continue
    for (let x = 0; x < size; x++) for (let kx = 0; kx < kernel; kx++) {
      const toX = reach(x, kx)
      if (toX < 0) continue
      const from = (y * size + x) * inputs, to = (toY * side + toX) * outputs
      let w = (ky * kernel + kx) * inputs * outputs
      for (let i = 0; i < inputs; i++, w += outputs) {
        const value = values[from + i]
        if (value === 0) continue // ReLU를 지난 값은 절반쯤이 0입니다.
        for (let o = 0; o < outputs; o++) result[to + o] += value * weight[w + o]
      }
    }
  }
  return [result.map(ACTIVATIONS[activation]), side]
}

/** 2×2 칸마다 가장 큰 값 */
function pool(values, size) {
  const channels = values.length / size / size, half = size / 2
  const result = new Float32Array(half * half * channels).fill(-Infinity)
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) for (let c = 0; c < channels; c++) {
    const to = ((y >> 1) * half + (x >> 1)) * channels + c
    result[to] = Math.max(result[to], values[(y * size + x) * channels + c])
  }
  return [result, half]
}
