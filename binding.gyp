{
  "variables": {
    "has_libdeflate%": "<!(node scripts/native-libraries.mjs has-libdeflate)"
  },
  "targets": [
    {
      "target_name": "spikelab",
      "sources": ["<!@(node scripts/native-libraries.mjs sources)"],
      "include_dirs": [
        "native",
        "<!(node -p \"require('node-addon-api').include_dir\")",
        "<!@(node scripts/native-libraries.mjs include-dirs)"
      ],
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_CPP_EXCEPTIONS_ALL",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "SPIKELAB_HAVE_LIBDEFLATE=<(has_libdeflate)",
        "SPIKELAB_VERSION=\"<!(node -p \"require('./package.json').version\")\""
      ],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-Wall", "-Wextra", "-ffp-contract=off", "-fvisibility=hidden"],
      "xcode_settings": {
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_ENABLE_CPP_RTTI": "YES",
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off"]
      },
      # Never unloaded, see CMakeLists.txt.
      "conditions": [["OS=='linux'", {"ldflags": ["-Wl,-z,nodelete"]}]],
      "libraries": ["<!@(node scripts/native-libraries.mjs libraries)"]
    }
  ]
}
