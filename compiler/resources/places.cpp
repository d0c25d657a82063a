#include "compiler/resources/places.h"

#include "dialects/fed/Names.h"

namespace fedc::resources {

Places places_of(mlir::Location location) {
  Places places;
  for (const fed::Frame& frame : fed::frames_of(location))
    places.push_back(
        {frame.place.getFilename().str(), frame.place.getLine(), frame.place.getColumn()});
  return places;
}

}  // namespace fedc::resources
