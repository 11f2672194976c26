# 처음이라면: make lab
PYTHON ?= python3
TORCH ?=
BIN := .venv/bin
# 시험은 파일마다 나누어 코어마다 하나씩 돌립니다. 스레드가 하나면 서로 기다리지 않고, 시험의 판정은 스레드의 수와 상관없습니다.
# 가장 오래 걸리는 노트북을 맨 앞에 두어, 다른 코어가 그것만 기다리지 않게 합니다.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile
NBVAL := IPYTHONDIR="$(CURDIR)/tests/ipython" $(PYTEST) --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-cell-timeout 1800
export PYTHONUTF8 := 1

.PHONY: grade lab train test elsewhere soak bench gpu-check notebooks handout badges site slides

lab:        ## JupyterLab으로 강의를 엽니다
	@$(PYTHON) scripts/install.py --for lab --torch "$(TORCH)"
	JUPYTER_CONFIG_PATH=scripts/jupyter $(BIN)/python -m jupyterlab notebooks/00_start.ipynb $(ARGS)

train:      ## 내장 한글로 DCGAN을 학습해 runs/ 아래에 결과를 남깁니다. 더 또렷하게: make train ARGS="--preset better"
	@$(PYTHON) scripts/install.py --for lab --torch "$(TORCH)"
	$(BIN)/python -m gan_lesson train $(ARGS)

test:       ## 모든 시험: 문법 검사, 패키지, 노트북
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python -m ruff check . && $(BIN)/python -m ruff format --check .
	$(NBVAL) --durations 10 notebooks/08a_train.ipynb tests notebooks

elsewhere:  ## 노트북을 다른 컴퓨터인 척 돌려 표로 남깁니다(두 시간쯤). 하나만: make elsewhere ARGS='--machine "반올림 2"'
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python scripts/elsewhere.py $(ARGS)

soak:       ## 오래 걸리는 시험: 강제로 끄기 50번, 망가뜨린 체크포인트 20,000개
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python -m pytest -m soak -s

bench:      ## 얼마나 빠른지 교과서의 루프와 번갈아 잽니다. 더: make bench ARGS="--paper --notebooks"
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python scripts/bench.py $(ARGS)

gpu-check:  ## GPU가 있는 컴퓨터에서: GPU 시험, 벤치마크, 노트북, 짧은 학습을 하고 표로 남깁니다
	$(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON)) scripts/gpu_check.py $(ARGS)

notebooks:  ## 노트북을 모두 다시 실행하고 저장 형식을 고릅니다. 하나만: make notebooks NB=notebooks/00_start.ipynb
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	OMP_NUM_THREADS=1 $(BIN)/python scripts/notebooks.py $(NB)

handout:    ## 학생에게 나누어 줄 노트북을 handout/과 zip에 만듭니다. 더: make handout ARGS="--drop-hints --keep-outputs"
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python scripts/class/handout.py $(ARGS)

grade:      ## 제출한 노트북을 채점해 점수표를 만듭니다: make grade ARGS=제출폴더
	@$(PYTHON) scripts/install.py --for lab --torch "$(TORCH)"
	$(BIN)/python scripts/class/grade.py $(ARGS)

badges:     ## 저장소의 주소와 Colab 배지를 모든 곳에: make badges REPO=owner/name
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python scripts/badges.py $(REPO)

site:       ## 강의 사이트를 site/에 만듭니다. 노트북에 저장된 결과를 씁니다
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python scripts/make_site.py $(ARGS)

slides:     ## 노트북마다 reveal.js 슬라이드를 slides/에 만듭니다. 처음 한 번은 npm으로 reveal.js를 받습니다
	@$(PYTHON) scripts/install.py --for test --torch "$(TORCH)"
	$(BIN)/python scripts/make_slides.py $(ARGS)
