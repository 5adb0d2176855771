"""All words of the window, in English and in Chinese."""

from __future__ import annotations

import locale
from collections.abc import Callable
from typing import Any

LANGUAGES = {"en": "English", "zh": "中文"}

TEXTS: dict[str, tuple[str, str]] = {
    # the pad
    "title": ("nanoconv: draw a digit", "nanoconv：手写数字"),
    "hint": ("Draw a digit here", "在这里写一个数字"),
    "undo": ("Undo", "撤销"),
    "redo": ("Redo", "重做"),
    "clear": ("Clear", "清除"),
    "recognise": ("Recognise", "识别"),
    "open_image": ("Open image", "打开图片"),
    "brush": ("Brush", "笔刷"),
    "white_paper": ("Black on white", "白底黑字"),
    # reading
    "reading": ("What it reads", "识别结果"),
    "empty": ("The pad is empty: draw a digit.", "画板是空的：请写一个数字。"),
    "sure": ("{percent} sure", "把握 {percent}"),
    "network_sees": ("What it gets", "网络看到的图像"),
    "heat": ("For and against {digit}", "支持与反对 {digit}"),
    "heat_empty": ("For and against", "支持与反对"),
    # learning
    "correct": ("Wrong? Choose the true digit", "认错了？请选择正确的数字"),
    "learn": ("Learn this", "学习这个"),
    "cancel": ("Cancel", "取消"),
    "undo_learning": ("Undo learning", "撤销学习"),
    "learning": ("Learning that this is a {digit}...", "正在学习：这是 {digit}…"),
    "lesson_drawing": (
        "This drawing: {before} → {after}",
        "这幅画：{before} → {after}",
    ),
    "lesson_corrections": (
        "All corrections: {before} → {after} of {total}",
        "全部更正：{before} → {after}，共 {total} 个",
    ),
    "lesson_held_out": (
        "Held-out digits: {before} → {after}",
        "留出的数字：{before} → {after}",
    ),
    "cancelled": ("Cancelled; the model is as it was.", "已取消，模型没有改变。"),
    "undone": ("The model is as it was before.", "模型已恢复到之前的状态。"),
    "nothing_to_undo": ("There is nothing to undo.", "没有可撤销的内容。"),
    "nothing_to_redo": ("There is nothing to redo.", "没有可重做的内容。"),
    "draw_first": ("Draw a digit first.", "请先写一个数字。"),
    "choose_first": ("Choose the true digit first (keys 0-9).", "请先选择正确的数字（按键 0-9）。"),
    "busy": ("Wait until learning ends, or cancel it.", "请等待学习结束，或先取消。"),
    # see inside
    "layers": ("Layers", "各层"),
    "training": ("Training", "训练"),
    "click_cell": (
        "Click a cell of a map to see where it comes from.",
        "点击特征图上的一个格子，查看它的来历。",
    ),
    "input": ("input", "输入"),
    "maps": ("{count} maps of {height} × {width}", "{count} 张 {height} × {width} 特征图"),
    "pixels": ("{height} × {width} pixels", "{height} × {width} 像素"),
    "units": ("{count} units", "{count} 个单元"),
    "unchanged": ("passes on what it gets", "原样传递"),
    "patch": ("what it sees", "看到的"),
    "kernel": ("kernel", "卷积核"),
    "weight": ("weight", "权重"),
    "product": ("products", "乘积"),
    "largest": ("largest", "最大值"),
    "mean": ("mean", "平均值"),
    "sum": ("sum", "和"),
    "from_map": ("map {channel}", "图 {channel}"),
    "from_unit": ("unit {channel}", "单元 {channel}"),
    "others": ("{count} more", "其余 {count} 个"),
    "bias": ("bias", "偏置"),
    "cell_map": (
        "{layer}, map {channel}, row {row}, column {column}",
        "{layer}，图 {channel}，第 {row} 行，第 {column} 列",
    ),
    "cell_unit": ("{layer}, unit {channel}", "{layer}，单元 {channel}"),
    "cell_other": (
        "This layer computes the value {value} from all it gets.",
        "这一层由它得到的全部输入算出 {value}。",
    ),
    # training from scratch
    "scratch": (
        "Train this network anew, from random weights, on {count} digits.",
        "从随机权重开始，用 {count} 个数字重新训练这个网络。",
    ),
    "epochs": ("Epochs", "轮数"),
    "train": ("Train from scratch", "从头训练"),
    "loss": ("loss", "损失"),
    "accuracy": ("accuracy", "准确率"),
    "on_training": ("training", "训练集"),
    "on_held_out": ("held out", "留出集"),
    "epoch_of": ("Epoch {epoch} of {epochs}", "第 {epoch} / {epochs} 轮"),
    "trained": (
        "Trained: {accuracy} of the held-out digits are read correctly.",
        "训练完成：留出的数字识别正确 {accuracy}。",
    ),
    # menus
    "file": ("File", "文件"),
    "edit": ("Edit", "编辑"),
    "model": ("Model", "模型"),
    "view": ("View", "视图"),
    "help": ("Help", "帮助"),
    "open_model": ("Open model...", "打开模型…"),
    "save_as": ("Save model as...", "模型另存为…"),
    "restore": ("Restore shipped model", "恢复自带模型"),
    "save_corrections": ("Save corrections...", "保存更正…"),
    "load_corrections": ("Load corrections...", "载入更正…"),
    "quit": ("Quit", "退出"),
    "dark": ("Dark look", "深色外观"),
    "about": ("About", "关于"),
    "about_text": (
        "nanoconv {version}\nA convolutional network from scratch. It learnt from MNIST, reads "
        "what you draw, and shows how.",
        "nanoconv {version}\n从零实现的卷积神经网络。它学习了 MNIST，能认出你写的数字，"
        "并展示其中的过程。",
    ),
    # files
    "saved": ("Saved as {name}.", "已保存为 {name}。"),
    "opened": ("Opened {name}.", "已打开 {name}。"),
    "restored": ("The shipped model is back.", "已恢复自带模型。"),
    "corrections_loaded": ("{count} corrections added.", "已加入 {count} 个更正。"),
    "no_corrections": ("There are no corrections yet.", "还没有更正。"),
    "not_written": (
        "{name} could not be written ({why}); free some space or choose another folder.",
        "无法写入 {name}（{why}）；请释放空间或选择其他文件夹。",
    ),
    "not_read": (
        "{name} could not be read ({why}); choose another file.",
        "无法读取 {name}（{why}）；请选择其他文件。",
    ),
    "failed": ("That did not work: {why}", "操作失败：{why}"),
    "unsaved": (
        "The model has learnt something that is not saved. Save it before closing?",
        "模型学到的内容尚未保存。关闭前要保存吗？",
    ),
    "models": ("Models", "模型文件"),
    "images": ("Images", "图片"),
    "correction_files": ("Corrections", "更正数据"),
    # the status line
    "shipped": ("shipped model", "自带模型"),
    "unnamed": ("model without a file", "未保存的模型"),
    "status_right": ("{model}{changed} · {count} corrections", "{model}{changed} · {count} 个更正"),
    "ready": ("Ready.", "就绪。"),
    # tool tips
    "tip_undo": (
        "Take the last stroke, Clear or opened image back (Ctrl+Z)",
        "撤销最后一笔、清除或打开的图片（Ctrl+Z）",
    ),
    "tip_redo": (
        "Do again what was undone (Ctrl+Y or Ctrl+Shift+Z)",
        "重做（Ctrl+Y 或 Ctrl+Shift+Z）",
    ),
    "tip_clear": ("Empty the pad (Esc)", "清空画板（Esc）"),
    "tip_recognise": ("Read the digit now (F5)", "立即识别（F5）"),
    "tip_open_image": (
        "Read a photo or scan of a digit (Ctrl+I)",
        "识别照片或扫描的数字（Ctrl+I）",
    ),
    "tip_brush": ("The pen's width; recognition does not depend on it", "笔的粗细，不影响识别"),
    "tip_white_paper": (
        "Swap ink and paper; recognition stays the same",
        "交换墨色与底色，识别不变",
    ),
    "tip_learn": (
        "Teach the network that the drawing is the chosen digit (Enter)",
        "告诉网络这幅画是所选的数字（回车）",
    ),
    "tip_undo_learning": (
        "Back to the model before (Ctrl+U)",
        "回到之前的模型（Ctrl+U）",
    ),
    "tip_digit": ("The drawing is a {digit} (key {digit})", "这是 {digit}（按键 {digit}）"),
    "tip_sees": (
        "28 × 28 pixels: the digit in a box of 20 × 20, its centre of mass in the middle",
        "28 × 28 像素：数字放入 20 × 20 的方框，重心居中",
    ),
    "tip_heat": (
        "Blue ink pushed for the digit, orange ink against it (gradient × input)",
        "蓝色笔迹支持这个数字，橙色笔迹反对它（梯度 × 输入）",
    ),
}


class Texts:
    """Gives words in the chosen language, and tells who shows them when the language changes.

    Args:
        language: "en" or "zh"; the system's, where it is one of them, by default.
    """

    def __init__(self, language: str | None = None) -> None:
        self.language = language or system_language()
        self._listeners: list[Callable[[], object]] = []

    def __call__(self, key: str, **values: Any) -> str:
        """Return the words of a key, `{name}` replaced by values."""
        return TEXTS[key][list(LANGUAGES).index(self.language)].format(**values)

    @staticmethod
    def has(key: str) -> bool:
        """Tell whether there are words for a key."""
        return key in TEXTS

    def shown_by(self, show: Callable[[], object]) -> None:
        """Call `show` now and whenever the language changes."""
        self._listeners.append(show)
        show()

    def use(self, language: str) -> None:
        """Change the language."""
        self.language = language
        for show in self._listeners:
            show()


def system_language() -> str:
    """Return "zh" on a Chinese system, else "en"."""
    name = locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
