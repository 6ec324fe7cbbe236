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
        "NAPI_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "SPIKELAB_HAVE_LIBDEFLATE=<(has_libdeflate)"
      ],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-fvisibility=hidden"],
      "xcode_settings": {
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_ENABLE_CPP_RTTI": "YES",
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off"]
      },
      "libraries": ["<!@(node scripts/native-libraries.mjs libraries)"]
    }
  ]
}
