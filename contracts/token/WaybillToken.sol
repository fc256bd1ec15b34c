// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IWaybillToken} from "../interfaces/IWaybillToken.sol";

/// @title WaybillToken
/// @dev Documented in IWaybillToken.
contract WaybillToken is ERC20Permit, ERC20Burnable, IWaybillToken {
    constructor(address holder, uint256 supply) ERC20("Waybill", "WAYBILL") ERC20Permit("Waybill") {
        if (supply == 0 || supply > type(uint128).max)
            revert WaybillToken_SupplyOutOfRange(supply, type(uint128).max);
        _mint(holder, supply);
    }

    /// @inheritdoc IERC20Burnable
    function burn(uint256 value) public override(ERC20Burnable, IERC20Burnable) {
        super.burn(value);
    }

    /// @inheritdoc IWaybillToken
    function burnFrom(
        address account,
        uint256 value
    ) public override(ERC20Burnable, IWaybillToken) {
        super.burnFrom(account, value);
    }

    /// @inheritdoc IERC20Permit
    function nonces(
        address owner
    ) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }
}
