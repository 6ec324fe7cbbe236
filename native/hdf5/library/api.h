// libhdf5's headers, with the names of its 1.10 interface whatever the installed version.
#pragma once

#define H5_USE_110_API
#include <hdf5.h>
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif
