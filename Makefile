# 처음이라면: make lab. 드물게 쓰는 명령은 CONTRIBUTING.md에 있습니다.
PYTHON ?= python3
TORCH ?=
BIN := .venv/bin
# 시험은 파일마다 나누어 코어마다 하나씩 돌립니다. 스레드가 하나면 서로 기다리지 않고, 시험의 판정은 스레드의 수와 상관없습니다.
# 가장 오래 걸리는 노트북을 맨 앞에 두어, 다른 코어가 그것만 기다리지 않게 합니다.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile
NBVAL := IPYTHONDIR="$(CURDIR)/tests/ipython" $(PYTEST) --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-cell-timeout 1800
export PYTHONUTF8 := 1

.PHONY: for-lab for-test lab train test notebooks handout grade site bench

for-lab for-test:  # .venv에 설치합니다. 이미 했으면 바로 끝납니다.
	@$(PYTHON) scripts/install.py --for $(@:for-%=%) --torch "$(TORCH)"

lab: for-lab         ## JupyterLab으로 강의를 엽니다
	JUPYTER_CONFIG_PATH=scripts/jupyter $(BIN)/python -m jupyterlab notebooks/00_start.ipynb $(ARGS)

train: for-lab       ## 내장 한글로 DCGAN을 학습해 runs/ 아래에 결과를 남깁니다. 더 또렷하게: make train ARGS="--preset better"
	$(BIN)/python -m gan_lesson train $(ARGS)

test: for-test       ## 모든 시험: 문법 검사, 패키지, 노트북
	$(BIN)/python -m ruff check . && $(BIN)/python -m ruff format --check .
	$(NBVAL) --durations 10 notebooks/08a_train.ipynb tests notebooks

notebooks: for-test  ## 노트북을 모두 다시 실행하고 저장 형식을 고릅니다. 하나만: make notebooks NB=notebooks/00_start.ipynb
	OMP_NUM_THREADS=1 $(BIN)/python scripts/notebooks.py $(NB)

handout: for-test    ## 학생에게 나누어 줄 노트북을 handout/과 zip에 만듭니다. 더: make handout ARGS="--drop-hints --keep-outputs"
	$(BIN)/python scripts/class/handout.py $(ARGS)

grade: for-lab       ## 제출한 노트북을 채점해 점수표를 만듭니다: make grade ARGS=제출폴더
	$(BIN)/python scripts/class/grade.py $(ARGS)

site: for-test       ## 강의 사이트를 site/에 만듭니다. 노트북에 저장된 결과를 씁니다
	$(BIN)/python scripts/make_site.py $(ARGS)

bench: for-test      ## 얼마나 빠른지 교과서의 루프와 번갈아 잽니다. 하나만: make bench ARGS="--only paper"
	$(BIN)/python scripts/bench.py $(ARGS)
