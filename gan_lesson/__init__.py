"""GAN과 DCGAN을 한 걸음씩 배우는 한국어 강의의 도구 모음입니다.

필요한 것은 방(모듈)에서 바로 가져옵니다. 예: ``from gan_lesson.config import LessonConfig``.
이 파일은 일부러 비워 두었습니다. ``import gan_lesson``이 torch를 읽지 않아야
명령줄의 도움말과 환경 점검이 곧바로 뜨기 때문입니다.
"""

__version__ = "0.1.0"
