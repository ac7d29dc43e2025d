"""The wants behind the demo's wishes: what groups of people are really after, and what they would pay for it.

Demand clusters around these, most popular first within a category, so that pools of every size form. Codes, values and
units are those of ``data/catalogue.json``; ``typical_price`` is a usual delivered ceiling in whole yuan.
"""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Want:
    """One underlying want: a value for every shared attribute of its category. Compared by identity."""

    code: str
    category: str
    typical_price: int
    specification: tuple[tuple[str, Value], ...]

    def value(self, attribute: str) -> Value | None:
        """The wanted value of a shared attribute; ``None`` when the category has no such attribute."""
        return dict(self.specification).get(attribute)


SHARED: dict[str, tuple[str, ...]] = {
    "laptop": ("screen_size", "use", "weight", "rgb"),
    "down_jacket": ("wearer", "jacket_length", "down_fill", "fill_weight", "hood"),
    "air_fryer": ("fryer_volume", "fryer_power", "window", "control", "fryer_style"),
    "wall_washer": ("wash_load", "boil_wash", "drying", "noise", "mounting"),
    "robot_vacuum": ("mop", "station", "navigation", "body_height", "suction", "noise"),
    "thermos_bottle": ("bottle_volume", "liner", "lid", "temp_display", "keep_hours"),
    "standing_desk": ("desk_width", "desk_depth", "drive", "presets", "desk_load"),
    "pet_bed": ("pet", "bed_style", "washable", "heated"),
}
CATEGORY_WEIGHTS: tuple[tuple[str, float], ...] = (
    ("down_jacket", 0.16),
    ("laptop", 0.15),
    ("air_fryer", 0.14),
    ("robot_vacuum", 0.13),
    ("thermos_bottle", 0.13),
    ("wall_washer", 0.10),
    ("pet_bed", 0.10),
    ("standing_desk", 0.09),
)
UNITS: dict[str, str] = {
    "screen_size": "inch",
    "memory": "GB",
    "storage": "GB",
    "weight": "kg",
    "fill_weight": "g",
    "fryer_volume": "L",
    "fryer_power": "W",
    "wash_load": "kg",
    "noise": "dB",
    "body_height": "cm",
    "suction": "Pa",
    "bottle_volume": "ml",
    "keep_hours": "h",
    "desk_width": "cm",
    "desk_depth": "cm",
    "desk_load": "kg",
    "pet_weight": "kg",
    "bed_length": "cm",
}
_TABLE: dict[str, tuple[tuple[str, int, tuple[Value, ...]], ...]] = {
    "laptop": (
        ("laptop-office14", 4800, (14, "office", 1.25, False)),
        ("laptop-game16", 8500, (16, "gaming", 2.3, False)),
        ("laptop-code15", 6500, (15.6, "programming", 1.7, False)),
        ("laptop-study14", 4200, (14, "study", 1.35, False)),
        ("laptop-design16", 9800, (16, "design", 1.9, False)),
        ("laptop-game17", 9800, (17.3, "gaming", 2.8, True)),
        ("laptop-office13", 5600, (13, "office", 0.98, False)),
        ("laptop-study12", 2600, (12, "study", 1.1, False)),
        ("laptop-office17", 5200, (17.3, "office", 2.4, False)),
        ("laptop-game15", 7200, (15.6, "gaming", 2.1, False)),
        ("laptop-game18", 15500, (18, "gaming", 3.1, True)),
    ),
    "down_jacket": (
        ("jacket-women-long-goose", 1100, ("women", "long", "goose", 250, True)),
        ("jacket-men-short-duck", 480, ("men", "short", "duck", 150, False)),
        ("jacket-kids-mid-duck", 320, ("kids", "mid", "duck", 130, True)),
        ("jacket-women-short-goose", 700, ("women", "short", "goose", 100, False)),
        ("jacket-women-mid-duck", 560, ("women", "mid", "duck", 160, True)),
        ("jacket-men-mid-goose", 950, ("men", "mid", "goose", 220, True)),
        ("jacket-women-short-duck", 400, ("women", "short", "duck", 120, True)),
        ("jacket-men-long-goose", 1400, ("men", "long", "goose", 300, True)),
        ("jacket-kids-long", 400, ("kids", "long", "duck", 220, True)),
    ),
    "air_fryer": (
        ("fryer-5l-window", 330, (5, 1500, True, "touch", "drawer")),
        ("fryer-3l-knob", 180, (3, 1000, False, "knob", "drawer")),
        ("fryer-8l-dual", 560, (8, 2200, True, "touch", "dual_basket")),
        ("fryer-6l-app", 420, (6, 1600, False, "app", "drawer")),
        ("fryer-12l-oven", 580, (12, 1700, True, "touch", "oven")),
        ("fryer-2l-mini", 120, (2, 800, False, "knob", "drawer")),
        ("fryer-18l-oven", 700, (18, 1800, True, "knob", "oven")),
        ("fryer-8l-drawer", 380, (8, 1800, False, "touch", "drawer")),
        ("fryer-3.5l-knob", 200, (3.5, 1200, False, "knob", "drawer")),
    ),
    "wall_washer": (
        ("washer-3kg-boil", 1500, (3, True, False, 50, "drill")),
        ("washer-1kg-nodrill", 650, (1, False, False, 42, "no_drill")),
        ("washer-3kg-dry", 2200, (3, True, True, 50, "drill")),
        ("washer-4kg-dry", 2800, (4, True, True, 54, "drill")),
        ("washer-0.5kg-nodrill", 380, (0.5, False, False, 40, "no_drill")),
        ("washer-2kg", 1000, (2, False, False, 50, "drill")),
    ),
    "robot_vacuum": (
        ("robot-aio", 3200, (True, "all_in_one", "lidar", 9.8, 12000, 58)),
        ("robot-slim", 1300, (True, "charge_only", "lidar", 7, 4000, 60)),
        ("robot-empty", 1700, (False, "self_empty", "lidar", 9.6, 8000, 62)),
        ("robot-basic", 650, (False, "charge_only", "gyro", 8, 2500, 62)),
        ("robot-mop-empty", 2100, (True, "self_empty", "lidar", 9, 6000, 54)),
    ),
    "thermos_bottle": (
        ("bottle-500-flip", 95, (500, "steel_316", "flip", False, 12)),
        ("bottle-500-display", 110, (500, "steel_316", "screw", True, 12)),
        ("bottle-750-straw", 100, (750, "steel_304", "straw", False, 12)),
        ("bottle-500-304", 70, (500, "steel_304", "screw", False, 12)),
        ("bottle-1l-cup", 150, (1000, "steel_304", "cup", False, 24)),
        ("bottle-400-ceramic", 110, (400, "ceramic", "flip", False, 6)),
        ("bottle-2l", 170, (2000, "steel_304", "cup", False, 24)),
        ("bottle-350-titanium", 280, (350, "titanium", "screw", False, 8)),
        ("bottle-450-kid", 90, (450, "steel_316", "straw", False, 10)),
        ("bottle-350-steel", 90, (350, "steel_316", "screw", False, 8)),
    ),
    "standing_desk": (
        ("desk-140", 1500, (140, 70, "electric", True, 100)),
        ("desk-120", 1150, (120, 60, "electric", True, 80)),
        ("desk-120-crank", 850, (120, 60, "manual", False, 70)),
        ("desk-160", 1900, (160, 80, "electric", True, 120)),
        ("desk-80-gas", 420, (80, 50, "gas", False, 30)),
        ("desk-180", 2400, (180, 80, "electric", True, 150)),
    ),
    "pet_bed": (
        ("pet-cat-cave", 110, ("cat", "cave", True, False)),
        ("pet-dog-mat", 170, ("dog", "mat", True, False)),
        ("pet-dog-sofa", 260, ("dog", "sofa", True, False)),
        ("pet-dog-donut", 140, ("dog", "donut", True, False)),
        ("pet-cat-heated", 140, ("cat", "mat", True, True)),
        ("pet-cat-donut", 100, ("cat", "donut", True, False)),
        ("pet-cat-hammock", 70, ("cat", "hammock", True, False)),
        ("pet-small-cave", 60, ("small_pet", "cave", True, False)),
    ),
}
WANTS: dict[str, tuple[Want, ...]] = {
    category: tuple(
        Want(
            code=code,
            category=category,
            typical_price=price,
            specification=tuple(zip(SHARED[category], values, strict=True)),
        )
        for code, price, values in rows
    )
    for category, rows in _TABLE.items()
}
