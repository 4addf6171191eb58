# What `cmake --install` lays down beside the programs (each room installs its own program).
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/smartcard/personalization/profiles/ DESTINATION ${CMAKE_INSTALL_DATADIR}/cccd/profiles
        FILES_MATCHING PATTERN "*.toml")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/printer/artwork/layouts/ DESTINATION ${CMAKE_INSTALL_DATADIR}/cccd/layouts
        FILES_MATCHING PATTERN "*.toml")
install(FILES ${CMAKE_SOURCE_DIR}/smartcard/transport/90-cccd-pcscd.rules DESTINATION ${CMAKE_INSTALL_DATADIR}/polkit-1/rules.d)
install(CODE "
  if(NOT CMAKE_INSTALL_PREFIX MATCHES \"^/usr/?$\")
    message(STATUS \"polkit reads rules below /usr/share and /etc only: for another user than root copy \"
                   \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/polkit-1/rules.d/90-cccd-pcscd.rules to /etc/polkit-1/rules.d\")
  endif()")
# The services as system users of their own; a unit says what else its service may not do.
foreach(unit IN ITEMS issuance/signing/cccd-signer issuance/registry/cccd-registry pki/admin/cccd-dv)
  get_filename_component(name ${unit} NAME)
  configure_file(${CMAKE_SOURCE_DIR}/${unit}.service.in ${CMAKE_BINARY_DIR}/${name}.service @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.service DESTINATION lib/systemd/system)
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/cmake/cccd.sysusers DESTINATION lib/sysusers.d RENAME cccd.conf)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
