"""How shoppers word things in English. Shapes as in ``wordings_hans``."""
from __future__ import annotations

NOUNS = {
    "laptop": "laptop|notebook|laptop computer|ultrabook|laptop",
    "down_jacket": "down jacket|puffer jacket|down coat|puffer|down parka",
    "air_fryer": "air fryer|airfryer|air-fryer|oil-free fryer",
    "wall_washer": "wall-mounted mini washing machine|wall washer|wall-mounted washer|mini wall washing machine",
    "robot_vacuum": "robot vacuum|robovac|robot vac|robot vacuum cleaner|vacuum robot",
    "thermos_bottle": "thermos bottle|vacuum flask|insulated bottle|thermos|insulated water bottle",
    "standing_desk": "standing desk|sit-stand desk|height adjustable desk|stand up desk",
    "pet_bed": "pet bed|pet bed|bed for my pet|pet bed",
}
CHOICES = {
    "use": {"gaming": "for gaming|gaming|to play games|for esports", "office": "for office work|for work|business use|for spreadsheets",
            "design": "for video editing|for design|photo editing|for graphics and rendering",
            "study": "for study|for college|for a student|for online classes",
            "programming": "for programming|for coding|software development|dev work"},
    "jacket_length": {"short": "short|cropped|hip length", "mid": "mid-length|thigh length|mid-thigh",
                      "long": "long|full length|below the knee"},
    "down_fill": {"goose": "goose down|white goose down|goose", "duck": "duck down|white duck down|duck"},
    "wearer": {"men": "men's|for my husband|for dad|mens", "women": "women's|ladies|for my wife|for mom",
               "kids": "kids|for children|for a toddler|kids'"},
    "clothing_size": {"xs": "size XS", "s": "size S|size small", "m": "size M|size medium", "l": "size L|size large",
                      "xl": "size XL|XL", "xxl": "2XL|size XXL", "xxxl": "3XL|size XXXL"},
    "control": {"touch": "touch panel|touchscreen|touch screen", "knob": "knobs|with dials|mechanical knob",
                "app": "app control|wifi|app controlled"},
    "fryer_style": {"drawer": "single drawer|drawer type|single basket", "dual_basket": "dual basket|dual zone|two baskets",
                    "oven": "oven style|toaster oven style|oven type"},
    "mounting": {"drill": "drilled mounting|drilling is ok|screwed to the wall", "no_drill": "no drilling|drill free|stick-on|no-drill"},
    "station": {"charge_only": "charging dock only|simple dock|plain dock", "self_empty": "self-emptying|auto-empty|self empty base",
                "all_in_one": "all-in-one station|washes its own mop|all-in-one dock"},
    "navigation": {"lidar": "lidar|laser navigation|lidar mapping", "camera": "camera navigation|vslam", "gyro": "gyro nav|gyroscope"},
    "liner": {"steel_304": "304 stainless steel|304 steel|18/8 steel", "steel_316": "316 stainless steel|316 steel|316",
              "titanium": "titanium", "ceramic": "ceramic lined|ceramic coated|ceramic inside"},
    "lid": {"straw": "straw lid|with straw|with a straw", "flip": "flip lid|flip top|one-touch lid",
            "screw": "screw cap|screw top|twist cap", "cup": "cup lid|lid cup|lid that doubles as a cup"},
    "drive": {"electric": "electric|motorised|motorized", "manual": "manual crank|hand crank|crank", "gas": "gas spring|gas lift|pneumatic"},
    "desktop": {"solid_wood": "solid wood top|real wood", "particle_board": "laminate top|MDF", "bamboo": "bamboo top", "glass": "glass top"},
    "pet": {"cat": "for my cat|cat|for two cats|kitten", "dog": "for my dog|dog|for a puppy|for our pup",
            "small_pet": "for a rabbit|for my guinea pig|hamster"},
    "bed_style": {"donut": "donut|round|calming donut", "cave": "cave|enclosed|igloo style", "mat": "flat mat|mat|cushion",
                  "sofa": "sofa style|couch style|sofa", "hammock": "window hammock|hammock"},
    "colour": {"black": "black|matte black|jet black", "white": "white|pure white", "grey": "grey|gray|space grey|charcoal",
               "silver": "silver|silvery", "red": "red|burgundy|wine red", "pink": "pink|baby pink", "blue": "blue|navy|light blue",
               "green": "green|army green|olive|mint", "purple": "purple|lavender|lilac", "yellow": "yellow|mustard", "orange": "orange",
               "brown": "brown|walnut|camel", "beige": "beige|cream|off-white", "gold": "gold|champagne", "wood": "natural wood|oak colour"},
}
FLAGS = {
    "rgb": ("with RGB|rgb lights|RGB keyboard", "no RGB|without RGB lights"),
    "hood": ("with hood|hooded|w/ hood", "no hood|without a hood"),
    "window": ("with viewing window|see-through window|glass window", "no window"),
    "boil_wash": ("boil wash|with hot wash|high temperature wash", "no boil wash"),
    "drying": ("with dryer|with drying|washer-dryer", "no dryer|without drying"),
    "mop": ("with mopping|vacuum and mop|that mops too", "no mop|without mopping"),
    "temp_display": ("with temperature display|shows temperature|LED temperature", "no temperature display"),
    "engraving": ("engraved|with engraving|laser engraved", "no engraving"),
    "presets": ("with memory presets|height presets|memory buttons", "no presets"),
    "washable": ("machine washable|removable cover|washable", "not washable"),
    "heated": ("heated|with heating|warming", "not heated|no heating"),
}
QUANTITIES = {
    "screen_size": "={v} inch|={v}-inch|={v}\"|=screen {v} inch|~about {v} inches|={v} in screen",
    "memory": "={v}GB RAM|={v} GB memory|>at least {v}GB RAM|>{v}GB ram minimum",
    "storage": "={t} SSD|={t} storage|>at least {t} SSD",
    "weight": "<under {v} kg|<max {v}kg|<lighter than {v} kg",
    "fill_weight": ">at least {v}g fill|=fill weight {v}g|>fill weight {v} g or more",
    "fryer_volume": "={v} L|={v}L|={v} liter|={v} litres|~around {v} liters",
    "fryer_power": "={v}W|<max {v} W",
    "wash_load": "={v} kg|={v}kg load|={v} kg capacity|~about {v} kg",
    "noise": "<under {v} dB|<quieter than {v} dB|<noise below {v}dB",
    "body_height": "<under {v} cm tall|<height max {v} cm|<less than {v} cm high",
    "suction": ">at least {v} Pa|>{v}Pa or more|={v} Pa suction",
    "bottle_volume": "={v} ml|={v}ml|={o} oz|={l} L|~about {v} ml",
    "keep_hours": ">keeps warm at least {v} hours|>stays hot {v}+ hours|=keeps hot for {v} hours",
    "desk_width": "={v} cm wide|={v}cm long|={i} inch wide|=width {v} cm",
    "desk_depth": "={v} cm deep|=depth {v}cm|={i} inches deep",
    "desk_load": ">holds at least {v} kg|>supports {v}kg or more|=load capacity {v} kg",
    "pet_weight": "=weighs {v} kg|={v}kg pet weight",
    "bed_length": "={v} cm long|=length {v} cm|>at least {v} cm long",
}
OPENERS = (
    "Looking for a|I want a|Want:|Need a|Wish:|I'd like a|Searching for a|Please make a|Anyone making a|Shopping for a|WTB|Would love a|Can someone make a|"
    "Preorder interest:|Hoping to find a|Hunting for a|In the market for a|Time for a new"
)
CHATTER = (
    "my old one died|tired of searching|a friend recommended it|just moved|first wish here|tiny apartment|it's a gift|small budget|"
    "everything on the market is overpriced|no rush|kind of urgent|been thinking about this for months|reviews are confusing|"
    "my roommate wants one too|saw it at a neighbour's|nothing fancy|quality matters to me|missed the last sale"
)
TAILS = "thanks|thank you|thx|please|cheers|happy to wait|hope enough people join|🙏|:)|!!|good quality please|can wait|no junk please"
ANY_COLOUR = "any colour|colour doesn't matter|don't care about colour|any color is fine"
NOT = "no {x}|not {x}|anything but {x}"
NICE = "ideally {x}|preferably {x}|{x} would be nice|{x} if possible"
EITHER = "{x} or {y}|either {x} or {y}|{x} or {y} is fine"
PRICES = (
    "under {p} yuan|max {p} rmb|budget {p}|up to {p} yuan|¥{p} max|{p} yuan or less|around {p} rmb|below {p} yuan|≤ {p} RMB|"
    "not more than ¥{p}|budget {k}"
)
DATES = (("within two weeks", 14), ("within a month", 30), ("before the end of the month", 24), ("before Chinese New Year", 70),
         ("any time in the next 3 months", 90))
PLACES = "ship to {r}|delivered to {r}|I'm in {r}|delivery {r}"
COUNTS = "{n} pcs|x{n}|{n} of them|need {n}"
COUNTERS: dict[str, str] = {}
TYPOS = (("laptop", "labtop"), ("vacuum", "vaccum"), ("fryer", "frier"), ("jacket", "jaket"), ("thermos", "termos"), ("standing", "standng"),
         ("washing", "washng"), ("machine", "machne"), ("colour", "coulor"), ("electric", "eletric"), ("stainless", "stainles"))
