"""Photos on disk to batches of (L, truth).

| step | module |
| --- | --- |
| find photos by name or folder | `catalog`, `dataset_spec`, `photo_list` |
| leave out broken, gray and tiny ones | `scan`, `photo_facts` |
| give photo number n | `photo_source`, `memory`, `arrays`, `packed` |
| make batches, in files | `pipeline`, with `decode`, `augment`, `hints` |
| make batches, packed | `packed_batches`, which needs no TensorFlow |
| age photos, put them on paper | `degradation`, `paper` |
| turn pixels into L and truth | `targets` |
| pack photos | `packing` |
| count colors | `priors` |

`pipeline_config` has all settings, `checked` what their values may be, and
`compiled` lets the backend compile what needs no `tf.data`. Nothing is imported
here, so that a catalog can be read without TensorFlow.
"""
